import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const NAME = /^(\d{8})\.jsonl$/;

/** The folder of the log below a state directory. */
export function logFolder(stateDir: string): string {
  return join(stateDir, 'logs');
}

/** Path of one segment; numbers begin at 1 and only grow. */
export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(8, '0')}.jsonl`);
}

/** Numbers of the segments there are, oldest first; none when there is no folder. */
export function segmentNumbers(folder: string): readonly number[] {
  try {
    const numbers = readdirSync(folder).flatMap((name) => {
      const digits = NAME.exec(name)?.[1];
      return digits === undefined ? [] : [Number(digits)];
    });
    return numbers.toSorted((a, b) => a - b);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
