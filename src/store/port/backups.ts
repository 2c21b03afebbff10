/** What a backup is to be called, and what it says of itself. */
export interface BackupRequest {
  /** Absolute path; its folder exists. */
  readonly file: string;
  /** True: a file of that name is replaced once the new one is whole. */
  readonly replace: boolean;
  /** `service.name`. */
  readonly gateway: string;
  readonly at: number;
  /** Ends it early; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** What a backup says of itself; instants in epoch milliseconds. */
export interface BackupFacts {
  /** Absolute path. */
  readonly file: string;
  readonly bytes: number;
  /** Version of the schema. */
  readonly schema: number;
  readonly jobs: number;
  /** `service.name` of the gateway it was made of; null for a copy of the database that was not made as a backup. */
  readonly gateway: string | null;
  /** When it was begun: it holds every job that had been acknowledged by then; null for such a copy. */
  readonly at: number | null;
}
