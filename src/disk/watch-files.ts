import { createHash } from 'node:crypto';
import { type FSWatcher, readdirSync, realpathSync, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import { readRegularFile } from './read-file.ts';
import type { Sources } from './sources.ts';

/** How long the files must have been left alone, in milliseconds: editors and checkouts write in several steps. */
const QUIET_MS = 300;
/** Larger files are compared by their reading failing alike. */
const MAX_BYTES = 64 * 1_048_576;

/** What is needed of the world, and who is told. */
export interface FileWatchOptions {
  readonly clock: Pick<Clock, 'after'>;
  readonly warn: (message: string) => void;
  /** The content of the files is another one than when they were followed or when this was called last. */
  readonly onChange: () => void;
}

/** Watches the files of a configuration. */
export interface FileWatch {
  /** Watches these from now on; null: none. */
  follow(sources: Sources | null): void;
  stop(): void;
}

/** A folder that is watched: its inode, so that one that was replaced is noticed, and the names that count in it. */
interface Watched {
  readonly inode: bigint;
  readonly watcher: FSWatcher;
}

/**
 * A watch over folders instead of files, so that files which are replaced by rename or vanish for a while are followed.
 * What counts is the content, once nobody has written for a moment; a file that has become empty is about to be written.
 */
export function createFileWatch({ clock, warn, onChange }: FileWatchOptions): FileWatch {
  const watched = new Map<string, Watched>();
  /** Names that count, by folder; null: any. */
  let wanted: ReadonlyMap<string, ReadonlySet<string> | null> = new Map();
  let sources: Sources | null = null;
  let seen = '';
  let cancelTimer: () => void = () => {};

  function touched(folder: string, name: string | null): void {
    const names = wanted.get(folder);
    if (names === undefined || (names !== null && name !== null && !names.has(name))) return;
    cancelTimer();
    cancelTimer = clock.after(QUIET_MS, look);
  }

  function look(): void {
    if (sources === null) return;
    // Folders may have been replaced, too.
    settle();
    const now = digestOf(sources);
    if (now === null || now === seen) return;
    seen = now;
    onChange();
  }

  /** Watches what is wanted and there, and nothing else. */
  function settle(): void {
    for (const [folder, { inode, watcher }] of watched) {
      if (wanted.has(folder) && inodeOf(folder) === inode) continue;
      watcher.close();
      watched.delete(folder);
    }
    for (const folder of wanted.keys()) {
      const inode = inodeOf(folder);
      if (inode === null || watched.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, (_what, name) => touched(folder, name));
        watcher.on('error', (error) => warn(`the folder ${folder} is not watched any more: ${error.message}`));
        watched.set(folder, { inode, watcher });
      } catch (error) {
        warn(`the folder ${folder} cannot be watched: ${error instanceof Error ? error.message : error}`);
      }
    }
  }

  return {
    follow(next) {
      const first = sources === null;
      sources = next;
      wanted = next === null ? new Map() : wantedOf(next);
      settle();
      if (next === null) {
        cancelTimer();
        return;
      }
      // Between the reading and the watching somebody may have written; afterwards the watch tells.
      if (first) seen = digestOf(next) ?? '';
    },
    stop() {
      sources = null;
      cancelTimer();
      for (const { watcher } of watched.values()) watcher.close();
      watched.clear();
    },
  };
}

/** Files by their folders, behind links too; folders with anything in them, and by their own names in what they lie in. */
function wantedOf({ files, folders }: Sources): ReadonlyMap<string, ReadonlySet<string> | null> {
  const wanted = new Map<string, Set<string> | null>();
  const add = (path: string): void => {
    const folder = dirname(path);
    const names = wanted.get(folder);
    if (names === null) return;
    wanted.set(folder, (names ?? new Set()).add(basename(path)));
  };
  for (const folder of folders) wanted.set(folder, null);
  for (const path of [...files, ...folders]) {
    for (const one of new Set([path, realPathOf(path)])) {
      add(one);
      // A folder that is replaced takes its watch with it.
      add(dirname(one));
    }
  }
  return wanted;
}

/** A digest of what the files hold and of what lies in the folders; null while one of them is empty. */
function digestOf({ files, folders }: Sources): string | null {
  const hash = createHash('sha256');
  for (const file of files) {
    const read = readRegularFile(file, MAX_BYTES);
    if (read.ok && read.bytes.length === 0) return null;
    hash.update(JSON.stringify([file, read.ok])).update(read.ok ? read.bytes : '');
  }
  for (const folder of folders) hash.update(JSON.stringify([folder, namesIn(folder)]));
  return hash.digest('hex');
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function inodeOf(folder: string): bigint | null {
  try {
    return statSync(folder, { bigint: true }).ino;
  } catch {
    return null;
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
