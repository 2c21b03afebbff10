import { mkdirSync, statSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../platform/log.ts';
import { logFolder, segmentNumbers, segmentPath } from './log-segments.ts';

/** The most that is kept: 10 segments of 5 MiB. */
const SEGMENT_BYTES = 5 * 1_048_576;
const SEGMENTS = 10;
/** Lines that wait for a slow disk, in bytes; what comes beyond is lost. */
const WAITING_BYTES = 4 * 1_048_576;
/** What is written at one time, in bytes. */
const WRITE_BYTES = 262_144;
/** How long the disk is left alone after it refused, in milliseconds. */
const AGAIN_AFTER_MS = 1_000;
/** How long a segment that was looked at is taken to lie there still, in milliseconds. */
const LOOK_EVERY_MS = 1_000;
const NEWLINE = 0x0a;

/** The log of a gateway as it is kept beside its database, the oldest of it going first. */
export interface LogRing {
  /** Takes a line that ends in a line break, to be written soon; never throws, never waits. */
  write(line: string): void;
  /** Where the lines go from now on, those that were taken before included. `log` tells when lines are lost. */
  open(options: { readonly stateDir: string; readonly log: Log }): void;
  /** Lines that could not be kept so far. */
  lost(): number;
  /** Writes what is left; later lines are ignored. */
  close(): Promise<void>;
}

/** A segment that is written to; `torn`: it does not end in a line break. */
interface Segment {
  readonly handle: FileHandle;
  readonly number: number;
  readonly device: number;
  readonly inode: number;
  size: number;
  torn: boolean;
}

/**
 * A ring of files that are appended to beside the work: at most one write is under way, what comes meanwhile goes with
 * the next. Nothing is synced: a crash of the machine may take the last seconds, one of the process at most what was
 * being written. A disk that refuses loses lines, which is told once.
 */
export function createLogRing({
  monotonic,
  segmentBytes = SEGMENT_BYTES,
  segments = SEGMENTS,
}: {
  readonly monotonic: () => number;
  readonly segmentBytes?: number;
  readonly segments?: number;
}): LogRing {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let target: { readonly folder: string; readonly log: Log } | null = null;
  let segment: Segment | null = null;
  let writing: Promise<void> | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let closed = false;
  let lost = 0;
  let refusedUntil = Number.NEGATIVE_INFINITY;
  /** Lines that were lost since the latest that was written, and whether the log was told. */
  let losing = 0;
  let told = false;

  function lose(lines: number): void {
    lost += lines;
    losing += lines;
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0 && target !== null) {
      const { folder, log } = target;
      try {
        segment ??= await openLatest(folder);
        if (monotonic() - lookedAt >= LOOK_EVERY_MS) {
          if (isGone(segment, folder)) {
            segment = await beginAnew(segment, folder);
            log.warn('the log in the state directory was deleted; it begins anew');
          }
          lookedAt = monotonic();
        }
        const [first] = waiting;
        if (segment.size > 0 && segment.size + (first?.length ?? 0) > segmentBytes) {
          segment = await rotate(segment, { folder, segments });
        }
        await append(segment, take(segmentBytes - segment.size));
      } catch (error) {
        await refused(log, error);
        return;
      }
      if (losing > 0) {
        const lines = losing;
        losing = 0;
        told = false;
        log.warn('the log in the state directory is written again', { lost: lines });
      }
    }
  }

  /** The lines that fit, at least one. */
  function take(room: number): readonly Buffer[] {
    let count = 0;
    let bytes = 0;
    for (const line of waiting) {
      if (count > 0 && bytes + line.length > Math.min(room, WRITE_BYTES)) break;
      count += 1;
      bytes += line.length;
    }
    waitingBytes -= bytes;
    return waiting.splice(0, count);
  }

  async function append(into: Segment, lines: readonly Buffer[]): Promise<void> {
    const bytes = Buffer.concat(into.torn ? [Buffer.of(NEWLINE), ...lines] : lines);
    let done = 0;
    try {
      while (done < bytes.length) {
        const { bytesWritten } = await into.handle.write(bytes, done);
        done += bytesWritten;
        into.size += bytesWritten;
      }
      into.torn = false;
    } catch (error) {
      lose(lines.length - linesIn(bytes.subarray(into.torn ? 1 : 0, done)));
      throw error;
    }
  }

  async function refused(log: Log, error: unknown): Promise<void> {
    refusedUntil = monotonic() + AGAIN_AFTER_MS;
    lose(waiting.length);
    waiting = [];
    waitingBytes = 0;
    if (!told) {
      told = true;
      const why = error instanceof Error ? error.message : String(error);
      log.error('the log in the state directory cannot be written; lines are lost until it can', { error: why });
    }
    // Opened anew the next time: what it believes of the file may not be so.
    const left = segment;
    segment = null;
    await left?.handle.close().catch(() => {});
  }

  function wake(): void {
    if (target === null || writing !== null || waiting.length === 0) return;
    writing = writeAll().finally(() => {
      writing = null;
      wake();
    });
  }

  return {
    write(text) {
      if (closed) return;
      const line = Buffer.from(text);
      if (waitingBytes + line.length > WAITING_BYTES || monotonic() < refusedUntil) {
        lose(1);
        return;
      }
      waiting.push(line);
      waitingBytes += line.length;
      wake();
    },
    open({ stateDir, log }) {
      target = { folder: logFolder(stateDir), log };
      wake();
    },
    lost: () => lost,
    async close() {
      while (writing !== null) await writing;
      closed = true;
      await segment?.handle.close().catch(() => {});
      segment = null;
    },
  };
}

async function openLatest(folder: string): Promise<Segment> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return openSegment(folder, segmentNumbers(folder).at(-1) ?? 1);
}

async function openSegment(folder: string, number: number): Promise<Segment> {
  const handle = await open(segmentPath(folder, number), 'a+', 0o600);
  try {
    const { size, dev: device, ino: inode } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    return { handle, number, device, inode, size, torn: size > 0 && last[0] !== NEWLINE };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * True when nobody finds the segment any more where the folder is to be. One that went with the whole state directory is
 * not gone: whoever moved that may put it back, which a new directory in its place would hinder.
 */
function isGone({ number, device, inode }: Segment, folder: string): boolean {
  const found = statSync(segmentPath(folder, number), { throwIfNoEntry: false });
  if (found !== undefined && found.ino === inode && found.dev === device) return false;
  return statSync(dirname(folder), { throwIfNoEntry: false }) !== undefined;
}

/** A segment after all that there were, so that whoever follows the log misses nothing. */
async function beginAnew(gone: Segment, folder: string): Promise<Segment> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const next = await openSegment(folder, Math.max(gone.number, ...segmentNumbers(folder)) + 1);
  await gone.handle.close();
  return next;
}

/** The next segment; the oldest ones go first, so that there is never more than the limit. */
async function rotate(
  full: Segment,
  { folder, segments }: { readonly folder: string; readonly segments: number },
): Promise<Segment> {
  const numbers = segmentNumbers(folder);
  for (const number of numbers.slice(0, Math.max(0, numbers.length - segments + 1))) {
    await rm(segmentPath(folder, number), { force: true });
  }
  const next = await openSegment(folder, full.number + 1);
  await full.handle.close();
  return next;
}

function linesIn(bytes: Buffer): number {
  return bytes.reduce((lines, byte) => lines + (byte === NEWLINE ? 1 : 0), 0);
}
