/** Which page of a list; `cursor` is opaque and comes from the page before. */
export interface Page {
  readonly limit: number;
  readonly cursor: string | null;
}

/** A page of a list, newest first. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}
