/** What a table holds; bytes are those of its pages. */
export interface TableStats {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  readonly indexes: readonly { readonly index: string; readonly bytes: number }[];
  /** The instant of its oldest row; null: its rows have none, or there is none. */
  readonly oldestAt: number | null;
  /** Rows that are old enough for retention; some of them may stay for what still needs them. Null: it never removes any by age. */
  readonly due: number | null;
  /** How long its rows stay. */
  readonly kept: string;
}

/** What the database holds and where its bytes are. */
export interface StorageStats {
  /** Absolute path; null when there is no database yet. */
  readonly file: string | null;
  readonly schema: number;
  readonly bytes: number;
  /** Of pages that are not in use; they are used again. */
  readonly freeBytes: number;
  /** Of the log beside it. */
  readonly walBytes: number;
  /** How commits are synced that acknowledge something, as SQLite calls it; null when none can be made. */
  readonly synchronous: 'full' | 'normal' | 'off' | 'extra' | null;
  /** The largest first. */
  readonly tables: readonly TableStats[];
}
