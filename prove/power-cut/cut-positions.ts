import type { Step } from './recording.ts';

/**
 * Where to cut a recording, as numbers of steps done before the cut, in order: anywhere; about syncs, where what is sure
 * changes; behind acknowledgements, where the most is promised; and about what happens rarely (files made, removed,
 * renamed or resized, the directory synced, the database itself written at a checkpoint).
 */
export function cutPositions({
  steps,
  many,
  random,
  database,
}: {
  readonly steps: readonly Step[];
  readonly many: number;
  readonly random: () => number;
  /** The name of the database. */
  readonly database: string;
}): readonly number[] {
  const where = (matches: (step: Step) => boolean): readonly number[] =>
    steps.flatMap((step, index) => (matches(step) ? [index] : []));
  const anywhere = where(() => true);
  const promised = where(({ kind }) => kind === 'acknowledged');
  const kinds = [
    anywhere,
    anywhere,
    promised,
    promised,
    where(({ kind }) => kind === 'synced'),
    where((step) => isRare(step)),
    where((step) => step.kind === 'written' && step.name === database),
  ].filter((places) => places.length > 0);
  const positions = Array.from({ length: many }, () => {
    const places = kinds[Math.floor(random() * kinds.length)] ?? [];
    const place = places[Math.floor(random() * places.length)] ?? 0;
    // From just before the step to a few steps behind it.
    return Math.min(steps.length, place + Math.floor(random() * 6));
  });
  return positions.sort((one, other) => one - other);
}

function isRare(step: Step): boolean {
  return !['written', 'synced', 'acknowledged'].includes(step.kind) || (step.kind === 'synced' && step.name === '');
}
