import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../platform/clock.ts';

/** What a plugin's directory holds: relative paths, each with `sha256:<hex>` or, of a link, `link:<target>`. */
export type PluginHashes = ReadonlyMap<string, string>;

/** What differs from the hashes that were recorded; relative paths in order. */
export interface HashDifference {
  readonly changed: readonly string[];
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

/** Files of one plugin; beyond it a directory is taken for something else. */
const MAX_FILES = 20_000;
const CHUNK_BYTES = 1_048_576;
/** A file changed a moment ago may change again without its times telling: they move in steps of some milliseconds. */
const SETTLED_MS = 1_000;
/** What Python writes by itself while a plugin runs, and what a version control system keeps. */
const LEFT_OUT: ReadonlySet<string> = new Set(['__pycache__', '.git']);

/** Hashes by what tells that a file is the same: device, inode, size and both times, of which nobody can set the last. */
type Known = Map<string, { readonly stamp: string; readonly hash: string }>;

const known: Known = new Map();

/**
 * Hashes everything in a plugin's directory. A file that has not been touched since is not read again. A link counts by
 * where it points, and what it points to by itself where that lies in the directory: what lies outside, such as the
 * interpreter of a virtual environment, belongs to the system, like what a `#!` line names. Throws when something cannot be read.
 */
export function hashPlugin(dir: string): PluginHashes {
  const hashes = new Map<string, string>();
  for (const path of filesIn(dir, '')) {
    if (hashes.size >= MAX_FILES) throw new Error(`it holds more than ${MAX_FILES} files`);
    hashes.set(path, hashOf(join(dir, path)));
  }
  return hashes;
}

/** What differs between the recorded hashes and what is there now. */
export function compareHashes(recorded: PluginHashes, now: PluginHashes): HashDifference {
  return {
    changed: [...recorded].filter(([path, hash]) => now.has(path) && now.get(path) !== hash).map(([path]) => path),
    missing: [...recorded.keys()].filter((path) => !now.has(path)),
    extra: [...now.keys()].filter((path) => !recorded.has(path)),
  };
}

/** The difference in words, `run.py was changed, and 2 more`; null when there is none. */
export function differenceText({ changed, missing, extra }: HashDifference): string | null {
  const all = [
    ...changed.map((path) => `${path} was changed`),
    ...missing.map((path) => `${path} is gone`),
    ...extra.map((path) => `${path} was added`),
  ];
  const [first] = all;
  if (first === undefined) return null;
  return all.length === 1 ? first : `${first}, and ${all.length - 1} more`;
}

function* filesIn(dir: string, below: string): Generator<string> {
  const entries = readdirSync(join(dir, below), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (LEFT_OUT.has(entry.name)) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* filesIn(dir, path);
    else yield path;
  }
}

function hashOf(file: string): string {
  const status = lstatSync(file, { bigint: true });
  if (status.isSymbolicLink()) return `link:${readlinkSync(file)}`;
  if (!status.isFile()) throw new Error(`${file} is neither a file nor a link`);
  const stamp = [status.dev, status.ino, status.size, status.mtimeNs, status.ctimeNs].join(' ');
  const before = known.get(file);
  if (before?.stamp === stamp) return before.hash;
  const hash = `sha256:${digest(file)}`;
  if (systemClock.now() - Number(status.ctimeMs) > SETTLED_MS) known.set(file, { stamp, hash });
  return hash;
}

function digest(file: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    for (;;) {
      const read = readSync(descriptor, chunk);
      if (read === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
}
