/** A configuration as it is kept, secrets masked. */
export interface ConfigInForce {
  /** Of its snapshot. */
  readonly version: string;
  /** Absolute path of its first file. */
  readonly file: string;
  readonly text: string;
}

/** A configuration that came into force; one that came again is there again. */
export interface ConfigVersion {
  readonly version: string;
  readonly at: number;
  readonly file: string;
}
