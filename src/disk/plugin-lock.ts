import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isJsonObject } from '../domain/json.ts';
import type { PluginHashes } from './hash-plugin.ts';
import { readRegularFile } from './read-file.ts';

const LOCK_FILE = 'ductile.lock';
const MAX_LOCK_BYTES = 16 * 1_048_576;
const FORMAT = 1;
const WORLD_WRITABLE = 0o002;

/** The recorded hashes of plugins, by the absolute path of their directory. */
export type PluginLock = ReadonlyMap<string, PluginHashes>;

/** The place of the lock of a configuration: beside its first file. */
export function lockFileOf(configFile: string): string {
  return join(dirname(resolve(configFile)), LOCK_FILE);
}

/** Reads a lock; what is wrong with it is said in words. */
export function readPluginLock(
  file: string,
): { readonly ok: true; readonly lock: PluginLock } | { readonly ok: false; readonly reason: string } {
  const read = readRegularFile(file, MAX_LOCK_BYTES);
  if (!read.ok) return read;
  if ((read.mode & WORLD_WRITABLE) !== 0) return { ok: false, reason: 'it is writable by everyone' };
  const lock = decode(new TextDecoder().decode(read.bytes), dirname(file));
  return lock === null ? { ok: false, reason: 'it is not a lock of this version' } : { ok: true, lock };
}

/** Writes a lock whole, or not at all. */
export function writePluginLock(file: string, lock: PluginLock): void {
  const plugins = [...lock]
    .map(([dir, hashes]) => ({ directory: relative(dirname(file), dir) || '.', files: Object.fromEntries(hashes) }))
    .toSorted((a, b) => (a.directory < b.directory ? -1 : 1));
  const beside = `${file}.new`;
  try {
    writeFileSync(beside, `${JSON.stringify({ lock: FORMAT, plugins }, null, 2)}\n`, { mode: 0o644, flush: true });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

function decode(text: string, folder: string): PluginLock | null {
  const value = parse(text);
  if (!isJsonObject(value) || value['lock'] !== FORMAT || !Array.isArray(value['plugins'])) return null;
  const lock = new Map<string, PluginHashes>();
  for (const plugin of value['plugins']) {
    const { directory, files } = isJsonObject(plugin) ? plugin : {};
    if (typeof directory !== 'string' || !isJsonObject(files)) return null;
    const hashes = Object.entries(files).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    lock.set(resolve(folder, directory), new Map(hashes));
  }
  return lock;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
