import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RedactedStream } from '../domain/redact.ts';
import { readSlice } from '../platform/read-slice.ts';
import { HeadAndTail } from './head-and-tail.ts';
import type { LiveText } from './live-text.ts';
import { createVisibleText } from './visible-text.ts';

/** Most bytes of the fuller text. */
const MAX_FILE_BYTES = 10 * 1_048_576;

/**
 * What a process says on stderr: masked, head and tail in memory, and the fuller text in a file (0600) that is made
 * only when more comes than is kept. Writes are synchronous, a pipe's worth at a time, so that nothing piles up.
 */
export class StderrLog implements LiveText {
  readonly #visible: ReturnType<typeof createVisibleText>;
  readonly #kept: HeadAndTail;
  readonly #path: string | null;
  #file: number | null = null;
  #fileBytes = 0;
  #failed = false;
  #ended = false;
  readonly #watchers = new Set<() => void>();
  /** Bytes the process wrote in all. */
  total = 0;

  constructor(options: { readonly keep: number; readonly path: string | null; readonly mask: RedactedStream }) {
    this.#visible = createVisibleText(options.mask);
    this.#kept = new HeadAndTail(options.keep);
    this.#path = options.path;
  }

  push(chunk: Uint8Array): void {
    this.total += chunk.length;
    this.#add(this.#visible.push(chunk));
  }

  /** Ends the text; tells what was kept and whether the file holds more. */
  end(): { readonly text: string; readonly fileUsed: boolean } {
    this.#add(this.#visible.end());
    if (this.#file !== null) closeSync(this.#file);
    if (this.#file !== null && this.#failed) discard(this.#path);
    this.#ended = true;
    this.#tell();
    return { text: this.#kept.text(), fileUsed: this.#file !== null && !this.#failed };
  }

  length(): number {
    return this.#inFile() ? this.#fileBytes : this.#kept.head().length;
  }

  ended(): boolean {
    return this.#ended;
  }

  read(from: number, most: number): Uint8Array {
    const bytes = Math.min(most, this.length() - from);
    if (bytes <= 0) return new Uint8Array(0);
    // Copied: what is kept moves when more comes.
    if (!this.#inFile() || this.#path === null) return Uint8Array.from(this.#kept.head().subarray(from, from + bytes));
    return readSlice(this.#path, from, bytes) ?? new Uint8Array(0);
  }

  watch(hear: () => void): () => void {
    this.#watchers.add(hear);
    return () => this.#watchers.delete(hear);
  }

  /** A file that could not be written to the end is no use to anybody. */
  #inFile(): boolean {
    return this.#file !== null && !this.#failed;
  }

  #tell(): void {
    for (const hear of this.#watchers) hear();
  }

  #add(text: string): void {
    if (text === '') return;
    const bytes = Buffer.from(text, 'utf8');
    if (this.#file === null && this.#path !== null && this.#kept.wouldCut(bytes.length)) this.#open(this.#path);
    if (this.#file !== null) this.#write(this.#file, bytes);
    this.#kept.push(bytes);
    this.#tell();
  }

  /** Begins the file with everything that came so far. */
  #open(path: string): void {
    if (this.#failed) return;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      this.#file = openSync(path, 'w', 0o600);
    } catch {
      // Evidence must not decide how an attempt ends: without the file, head and tail are what is kept.
      this.#failed = true;
      return;
    }
    this.#write(this.#file, this.#kept.head());
  }

  #write(file: number, bytes: Uint8Array): void {
    const room = MAX_FILE_BYTES - this.#fileBytes;
    if (this.#failed || room <= 0) return;
    try {
      this.#fileBytes += writeSync(file, bytes, 0, Math.min(bytes.length, room));
    } catch {
      this.#failed = true;
    }
  }
}

/** Removes what was cut short by a full disk; nobody will be told of it. */
function discard(path: string | null): void {
  try {
    if (path !== null) rmSync(path, { force: true });
  } catch {
    // Retention finds it later.
  }
}
