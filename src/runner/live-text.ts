/** A text that may still grow, read piece by piece by whoever keeps up with it; nothing is kept for a reader. */
export interface LiveText {
  /** Bytes that can be read by now. */
  length(): number;
  /** True when it grows no more. */
  ended(): boolean;
  /** At most `most` bytes from the byte `from` on; empty at the end. */
  read(from: number, most: number): Uint8Array;
  /** Calls `hear` whenever it has grown or ended; returns the function that ends that. */
  watch(hear: () => void): () => void;
}
