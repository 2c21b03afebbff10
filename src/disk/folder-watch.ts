import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Tells of changes in a folder that may not be there yet. */
export interface FolderWatch extends Disposable {
  /** Call it before looking at the folder: what changes from now on is told by `changed`. */
  look(): void;
  /** Resolves once something has changed since the latest `look`, or when the signal aborts. */
  changed(): Promise<void>;
}

/** A watch over the folder, or over the nearest one above it that there is. */
export function watchFolder(folder: string, signal: AbortSignal): FolderWatch {
  let watched: { readonly path: string; readonly inode: bigint; readonly watcher: FSWatcher } | null = null;
  let dirty = false;
  let tell: () => void = () => {};

  function poke(): void {
    dirty = true;
    tell();
  }

  signal.addEventListener('abort', poke, { once: true });

  return {
    look() {
      const { path, inode } = nearest(folder);
      dirty = false;
      // One that was replaced has another inode, and its watch hears nothing any more.
      if (watched?.path === path && watched.inode === inode) return;
      watched?.watcher.close();
      watched = { path, inode, watcher: watch(path, poke).on('error', poke) };
      // A folder on the way may have been made before the watch began.
      dirty = nearest(folder).path !== path;
    },
    changed() {
      return new Promise((resolve) => {
        tell = resolve;
        if (dirty || signal.aborted) resolve();
      });
    },
    [Symbol.dispose]() {
      signal.removeEventListener('abort', poke);
      watched?.watcher.close();
      watched = null;
    },
  };
}

function nearest(folder: string): { readonly path: string; readonly inode: bigint } {
  for (let path = folder; ; path = dirname(path)) {
    const status = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (status !== undefined || path === dirname(path)) return { path, inode: status?.ino ?? 0n };
  }
}
