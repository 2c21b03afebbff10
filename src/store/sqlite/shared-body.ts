/** A delivery that was stored in the same transaction. */
export interface StoredBody {
  readonly deliverySeq: number;
  readonly body: Uint8Array;
}

/** The delivery whose body is that text to the byte, so that it need not be stored again; null: it is not. */
export function carrierOf(text: string, stored: StoredBody | undefined): number | null {
  if (stored === undefined || stored.body.length !== Buffer.byteLength(text)) return null;
  return Buffer.from(text).equals(stored.body) ? stored.deliverySeq : null;
}
