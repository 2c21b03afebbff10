import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { readRegularFile } from './read-file.ts';
import { type ArchivedFile, isArchivable } from './tar.ts';

/** The files of a plugin that go elsewhere with it, and those that do not, each with the reason. */
export interface PluginFiles {
  readonly files: readonly ArchivedFile[];
  readonly omitted: readonly { readonly path: string; readonly reason: string }[];
}

/** What is taken along at most. */
const MAX_FILES = 2_000;
const MAX_BYTES = 16 * 1_048_576;
/** What Python writes by itself while a plugin runs, and what a version control system keeps. */
const LEFT_OUT: ReadonlySet<string> = new Set(['__pycache__', '.git']);

/**
 * Reads everything in a plugin's directory, at most 2,000 files and 16 MiB. A link counts as the file it leads to where
 * that lies in the directory. Throws when it is more, or when the directory cannot be listed.
 */
export function pluginFiles(dir: string): PluginFiles {
  const root = realpathSync(dir);
  const files: ArchivedFile[] = [];
  const omitted: { path: string; reason: string }[] = [];
  let bytes = 0;
  for (const { path, entry } of entriesIn(root, '')) {
    const leave = (reason: string): void => void omitted.push({ path, reason });
    if (!isArchivable(path)) leave('its name is too long');
    else if (!entry.isFile() && !entry.isSymbolicLink()) leave('it is neither a file nor a link');
    else if (entry.isSymbolicLink() && !leadsInside(join(root, path), root))
      leave('it is a link that leads out of the plugin');
    else {
      const read = readRegularFile(join(root, path), MAX_BYTES);
      if (!read.ok) {
        leave(read.reason);
        continue;
      }
      bytes += read.bytes.length;
      if (bytes > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES / 1_048_576} MiB`);
      if (files.length >= MAX_FILES) throw new Error(`it has more than ${MAX_FILES} files`);
      files.push({ path, executable: (read.mode & 0o100) !== 0, bytes: read.bytes });
    }
  }
  return { files, omitted };
}

function* entriesIn(root: string, below: string): Generator<{ readonly path: string; readonly entry: Dirent }> {
  const entries = readdirSync(join(root, below), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (LEFT_OUT.has(entry.name)) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* entriesIn(root, path);
    else yield { path, entry };
  }
}

function leadsInside(path: string, root: string): boolean {
  try {
    return realpathSync(path).startsWith(root + sep);
  } catch {
    return false;
  }
}
