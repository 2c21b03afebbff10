import { open } from 'node:fs/promises';
import { segmentNumbers, segmentPath } from './log-segments.ts';

/** A place in the log: everything before it has been read. */
export interface LogPosition {
  readonly segment: number;
  /** In bytes. */
  readonly offset: number;
}

/** Lines of the log and where the next ones begin; null: there is no log yet. */
export interface LogTail {
  readonly lines: readonly string[];
  readonly end: LogPosition | null;
}

/** The latest `limit` lines that match, oldest first. A line that is being written is left for whoever goes on at `end`. */
export async function readLogTail({
  folder,
  matches,
  limit,
}: {
  readonly folder: string;
  readonly matches: (line: string) => boolean;
  readonly limit: number;
}): Promise<LogTail> {
  const numbers = segmentNumbers(folder).toReversed();
  const latest: string[][] = [];
  let found = 0;
  let end: LogPosition | null = null;
  for (const number of numbers) {
    const text = await segmentText(segmentPath(folder, number));
    // Taken away between the listing and now: as old as that nothing is left of it.
    if (text === null) break;
    const whole = text.lastIndexOf(0x0a) + 1;
    const isLast = end === null;
    end ??= { segment: number, offset: whole };
    const lines = text.toString('utf8', 0, isLast ? whole : text.length).split('\n');
    const matching = lines.filter((line) => line !== '' && matches(line)).slice(found - limit);
    latest.unshift(matching);
    found += matching.length;
    if (found >= limit) break;
  }
  return { lines: latest.flat(), end };
}

async function segmentText(path: string): Promise<Buffer | null> {
  try {
    await using file = await open(path);
    return await file.readFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
