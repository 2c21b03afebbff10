/** One change of a file: the text must be there exactly once. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A bug that is put into a copy of the sources, and the run of a campaign that must find it. */
export interface PlantedBug {
  readonly name: string;
  readonly campaign: string;
  readonly rounds: number;
  readonly seed: number;
  /** What a violation says that this bug causes; another, such as a bound that a busy machine exceeds, does not count. */
  readonly shows: RegExp;
  readonly patches: readonly Patch[];
}

/** The run without the bug, which must be green; bugs with the same share it. */
export function controlOf({ campaign, rounds, seed }: PlantedBug): string {
  return `${campaign}, ${rounds} rounds, seed ${seed}`;
}
