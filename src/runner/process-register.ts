import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { isStill, type ProcessIdentity, thisBoot } from './process-identity.ts';

/** The leaders of running attempts, noted so that the next run knows them even when they cleared their environment. */
export interface ProcessRegister {
  /** Notes a leader; what it returns forgets it. */
  record(leader: ProcessIdentity, attempt: string): () => void;
  /** Leaders that are noted now. */
  leaders(): readonly ProcessIdentity[];
  close(): void;
}

/** A record is a line of so many bytes, rewritten in place: within one page, so that the end of the gateway cuts none in two. */
const LINE_BYTES = 128;
const LINE = /^(\d+) (\d+) \S+$/;

/**
 * Leaders that an earlier run noted and that still are the same process; none after a restart of the machine, or where
 * /proc is missing. A file that is missing or holds anything else is an empty one.
 */
export function recordedLeaders(file: string): readonly ProcessIdentity[] {
  const [boot = '', ...lines] = read(file).split('\n');
  if (boot.trim() !== thisBoot()) return [];
  return lines.flatMap((line) => {
    const [, pid, startTime] = LINE.exec(line.trim()) ?? [];
    if (pid === undefined || startTime === undefined) return [];
    const leader = { pid: Number(pid), startTime };
    return isStill(leader) ? [leader] : [];
  });
}

/**
 * Opens the register anew, with those of `left` that could not be ended. Nothing is synced: a record outlives the
 * gateway, and need not outlive the machine. What cannot be written is found by its marker only.
 */
export function openProcessRegister(file: string, left: readonly ProcessIdentity[] = []): ProcessRegister {
  const boot = thisBoot();
  const descriptor = boot === null ? null : open(file);
  const noted = new Map<number, ProcessIdentity>();
  const free: number[] = [];
  let lines = 1;

  function write(line: number, text: string): void {
    if (descriptor === null) return;
    const bytes = Buffer.alloc(LINE_BYTES, ' ');
    bytes.write(text, 'latin1');
    bytes.write('\n', LINE_BYTES - 1);
    try {
      writeSync(descriptor, bytes, 0, LINE_BYTES, line * LINE_BYTES);
    } catch {
      // A full or failing disk. A leader that was to be noted keeps its marker; one that was to be forgotten is gone.
    }
  }

  function record(leader: ProcessIdentity, attempt: string): () => void {
    const line = free.pop() ?? lines++;
    noted.set(line, leader);
    write(line, `${leader.pid} ${leader.startTime} ${attempt}`);
    return () => {
      if (!noted.delete(line)) return;
      write(line, '');
      free.push(line);
    };
  }

  write(0, boot ?? '');
  for (const leader of left) record(leader, 'left');
  return {
    record,
    leaders: () => [...noted.values()],
    close: () => {
      if (descriptor !== null) closeSync(descriptor);
    },
  };
}

function open(file: string): number | null {
  try {
    return openSync(file, 'w', 0o600);
  } catch {
    return null;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
