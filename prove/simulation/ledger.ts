/** What producers and operators were told, each in the moment it was acknowledged. */
export interface Ledger {
  readonly submitted: {
    readonly jobId: string;
    readonly duplicate: boolean;
    readonly instance: string;
    readonly key: string | null;
    readonly n: number;
  }[];
  readonly emitted: { readonly eventId: string; readonly jobs: readonly string[] }[];
  readonly cancelled: string[];
  readonly retried: string[];
}

/** A ledger with nothing in it. */
export function emptyLedger(): Ledger {
  return { submitted: [], emitted: [], cancelled: [], retried: [] };
}
