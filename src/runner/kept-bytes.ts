const FIRST_CAPACITY = 4_096;

/**
 * Keeps the last `keep` bytes of a stream in one buffer that grows to at most twice that. Chunks are copied, so that a
 * stream of single bytes takes no more memory than one large chunk.
 */
export class KeptBytes {
  readonly #keep: number;
  #buffer = Buffer.alloc(0);
  #length = 0;
  #total = 0;

  constructor(keep: number) {
    this.#keep = keep;
  }

  /** Bytes pushed so far. */
  get total(): number {
    return this.#total;
  }

  /** True when bytes were dropped. */
  get truncated(): boolean {
    return this.#total > this.#keep;
  }

  push(chunk: Uint8Array): void {
    this.#total += chunk.length;
    const tail = chunk.length > this.#keep ? chunk.subarray(chunk.length - this.#keep) : chunk;
    if (this.#length + tail.length > this.#buffer.length) this.#makeRoom(tail.length);
    this.#buffer.set(tail, this.#length);
    this.#length += tail.length;
  }

  /** The bytes kept; valid until the next push. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(Math.max(0, this.#length - this.#keep), this.#length);
  }

  #makeRoom(needed: number): void {
    const kept = this.bytes();
    const wanted = kept.length + needed;
    if (wanted <= this.#buffer.length) {
      this.#buffer.copyWithin(0, this.#length - kept.length, this.#length);
    } else {
      const doubled = Math.max(FIRST_CAPACITY, this.#buffer.length * 2, wanted);
      const grown = Buffer.allocUnsafeSlow(Math.min(doubled, Math.max(wanted, this.#keep * 2)));
      grown.set(kept);
      this.#buffer = grown;
    }
    this.#length = kept.length;
  }
}
