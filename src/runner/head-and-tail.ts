import { KeptBytes } from './kept-bytes.ts';

/** Room for the line that says how much was left out. */
const NOTE_BYTES = 80;

/** Keeps a text whole up to `keep` bytes of UTF-8, else its head and tail around a line that says how much is missing. */
export class HeadAndTail {
  readonly #keep: number;
  readonly #head: KeptBytes;
  readonly #tail: KeptBytes;

  constructor(keep: number) {
    this.#keep = keep;
    this.#head = new KeptBytes(keep);
    this.#tail = new KeptBytes(Math.max(0, Math.floor((keep - NOTE_BYTES) / 2)));
  }

  /** True when the text is longer than what is kept. */
  get cut(): boolean {
    return this.#tail.total > this.#keep;
  }

  /** True when the text would be longer than what is kept with this many bytes more. */
  wouldCut(bytes: number): boolean {
    return this.#tail.total + bytes > this.#keep;
  }

  /** The beginning of the text: all of it, unless it is cut. */
  head(): Uint8Array {
    return this.#head.bytes();
  }

  push(bytes: Uint8Array): void {
    this.#head.push(bytes.subarray(0, this.#keep - this.#head.total));
    this.#tail.push(bytes);
  }

  text(): string {
    const head = this.#head.bytes();
    if (!this.cut) return decode(head);
    const first = head.subarray(
      0,
      endOfCharacter(head, Math.max(0, this.#keep - NOTE_BYTES - this.#tail.bytes().length)),
    );
    const tail = this.#tail.bytes();
    const last = tail.subarray(startOfCharacter(tail));
    const missing = this.#tail.total - first.length - last.length;
    return `${decode(first)}\n… ${missing} bytes left out …\n${decode(last)}`;
  }
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** The last place at or before `at` where a character begins. */
function endOfCharacter(bytes: Uint8Array, at: number): number {
  let end = at;
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  return end;
}

/** The first place where a character begins. */
function startOfCharacter(bytes: Uint8Array): number {
  let start = 0;
  while (isContinuation(bytes[start])) start += 1;
  return start;
}
