import { seededRandom } from '../random.ts';
import { cutPositions } from './cut-positions.ts';
import { type CutDisk, DiskModel } from './disk-model.ts';
import type { Step } from './recording.ts';
import type { CutStyle } from './unsynced-file.ts';

/** One power cut. */
export interface Cut extends CutDisk {
  /** Steps done before it. */
  readonly position: number;
  /** What its choices were drawn from. */
  readonly seed: number;
  /** Job ids that clients had been given. */
  readonly acknowledged: readonly string[];
}

/** Cuts a recording many times, first to last; the same seed makes the same cuts of the same recording. */
export function* cutRecording({
  steps,
  many,
  seed,
  database,
}: {
  readonly steps: readonly Step[];
  readonly many: number;
  readonly seed: number;
  /** The name of the database. */
  readonly database: string;
}): Generator<Cut> {
  const disk = new DiskModel();
  const acknowledged: string[] = [];
  let done = 0;
  for (const [index, position] of cutPositions({ steps, many, random: seededRandom(seed), database }).entries()) {
    for (const step of steps.slice(done, position)) {
      disk.take(step);
      if (step.kind === 'acknowledged') acknowledged.push(step.jobId);
    }
    done = position;
    const cutSeed = seed * 10_007 + index + 1;
    const random = seededRandom(cutSeed);
    yield { position, seed: cutSeed, acknowledged: [...acknowledged], ...disk.cut(styleOf(random), random) };
  }
}

/** From a disk that wrote nothing of its own accord to one that wrote everything at once. */
function styleOf(random: () => number): CutStyle {
  return {
    sectorBytes: oneOf([512, 4_096], random),
    newest: oneOf([0, 0.1, 0.5, 0.9, 0.98, 1], random),
    torn: oneOf([0, 0, 0.2], random),
    garbage: random() < 0.25,
    names: oneOf([0, 0.5, 1], random),
  };
}

function oneOf(values: readonly number[], random: () => number): number {
  return values[Math.floor(random() * values.length)] ?? 0;
}
