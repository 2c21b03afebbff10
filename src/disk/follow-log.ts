import { type FileHandle, open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { watchFolder } from './folder-watch.ts';
import { segmentNumbers, segmentPath } from './log-segments.ts';
import type { LogPosition } from './read-log.ts';

/** What follows in the log: a line, or that some were taken away before they could be read. */
export type Followed = { readonly kind: 'line'; readonly line: string } | { readonly kind: 'gap' };

const READ_BYTES = 262_144;

/** A segment that is being read. */
interface Reading {
  readonly number: number;
  readonly handle: FileHandle;
  offset: number;
  readonly decoder: StringDecoder;
  /** The beginning of a line whose end is not there yet. */
  begun: string;
}

/**
 * Every line after `from` (null: from the beginning), as it is written, until `signal` aborts: over rotations, and also
 * when the folder is made later or anew. It sleeps until the file system tells of a change.
 */
export async function* followLog({
  folder,
  from,
  signal,
}: {
  readonly folder: string;
  readonly from: LogPosition | null;
  readonly signal: AbortSignal;
}): AsyncGenerator<Followed> {
  using watch = watchFolder(folder, signal);
  let reading: Reading | null = null;
  let next = from;
  try {
    while (!signal.aborted) {
      watch.look();
      // Asked before the others are listed: what is listed then was made beside it or after it.
      const deleted: boolean = reading !== null && (await reading.handle.stat()).nlink === 0;
      const numbers = segmentNumbers(folder);
      if (reading === null) {
        const wanted: LogPosition = next ?? { segment: numbers[0] ?? 1, offset: 0 };
        reading = await openAt(folder, wanted);
        next = null;
      }
      if (reading === null) {
        const [first] = numbers;
        if (first === undefined) await watch.changed();
        else {
          // It had been there: what it held is gone.
          yield { kind: 'gap' };
          next = { segment: first, offset: 0 };
        }
        continue;
      }
      // Listed before it is read: once there is a later one, nothing is added to this one any more.
      const { number } = reading;
      const later = numbers.find((one) => one > number);
      for await (const line of linesOf(reading)) yield { kind: 'line', line };
      const anew = later === undefined && numbers.length > 0 && deleted;
      if (later === undefined && !anew) {
        await watch.changed();
        continue;
      }
      if (reading.begun !== '') yield { kind: 'line', line: reading.begun };
      await reading.handle.close();
      reading = null;
      next = { segment: later ?? numbers[0] ?? 1, offset: 0 };
      if (later !== undefined && later !== number + 1) yield { kind: 'gap' };
    }
  } finally {
    await reading?.handle.close();
  }
}

async function openAt(folder: string, { segment, offset }: LogPosition): Promise<Reading | null> {
  try {
    const handle = await open(segmentPath(folder, segment));
    return { number: segment, handle, offset, decoder: new StringDecoder('utf8'), begun: '' };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function* linesOf(reading: Reading): AsyncGenerator<string> {
  const buffer = Buffer.alloc(READ_BYTES);
  for (;;) {
    const { bytesRead } = await reading.handle.read(buffer, 0, buffer.length, reading.offset);
    if (bytesRead === 0) return;
    reading.offset += bytesRead;
    const lines = (reading.begun + reading.decoder.write(buffer.subarray(0, bytesRead))).split('\n');
    reading.begun = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
}
