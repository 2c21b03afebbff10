import type { Step, StepKind } from './steps.ts';

/** A world and what happens in it, as it is kept in a file. */
export interface Case {
  readonly seed: number;
  readonly steps: readonly Step[];
}

/** The same as text: `{ "seed": 7, "steps": [["submit", 123], …] }`. */
export function formatCase({ seed, steps }: Case): string {
  return JSON.stringify({ seed, steps: steps.map(({ kind, roll }) => [kind, roll]) });
}

/** A case from its text, which `formatCase` wrote. */
export function parseCase(text: string): Case {
  const { seed, steps } = JSON.parse(text) as { readonly seed: number; readonly steps: readonly [StepKind, number][] };
  return { seed, steps: steps.map(([kind, roll]) => ({ kind, roll })) };
}
