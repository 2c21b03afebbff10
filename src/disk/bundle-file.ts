import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { OperatorError } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import { readRegularFile } from './read-file.ts';
import { type ArchivedFile, readTar } from './tar.ts';

/** Size of a bundle, and of what is in it. */
const MAX_FILE_BYTES = 64 * 1_048_576;
const MAX_BYTES = 128 * 1_048_576;
const PLUGIN = 'plugin/';

/** The files of a bundle in memory. */
export interface BundleFile {
  /** One of its files as JSON; throws `bundle_invalid`. */
  json(path: string): Json;
  /** Writes the files below `plugin/` into a new directory that this user alone may use. */
  writePlugin(dir: string): void;
}

/** Reads a bundle (absolute path), of which nothing is written anywhere; throws `bundle_invalid`. */
export function readBundleFile(path: string): BundleFile {
  const refuse = (reason: string, cause?: unknown): OperatorError =>
    new OperatorError('bundle_invalid', `${path} is no bundle that can be used: ${reason}`, { cause });
  const read = readRegularFile(path, MAX_FILE_BYTES);
  if (!read.ok) throw refuse(read.reason);
  const archive = readTar(unpacked(read.bytes, refuse));
  if (!archive.ok) throw refuse(archive.reason);
  const files = new Map(archive.files.map((file) => [file.path, file]));
  return {
    json(name) {
      const file = files.get(name);
      if (file === undefined) throw refuse(`it holds no ${name}`);
      try {
        const value: Json = JSON.parse(Buffer.from(file.bytes).toString('utf8'));
        return value;
      } catch (error) {
        throw refuse(`its ${name} is not valid JSON`, error);
      }
    },
    writePlugin(dir) {
      const own = archive.files.filter((file) => file.path.startsWith(PLUGIN));
      try {
        writeFiles(
          dir,
          own.map((file) => ({ ...file, path: file.path.slice(PLUGIN.length) })),
        );
      } catch (error) {
        throw refuse(`its plugin cannot be written: ${error instanceof Error ? error.message : String(error)}`, error);
      }
    },
  };
}

function unpacked(bytes: Uint8Array, refuse: (reason: string, cause?: unknown) => OperatorError): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    const large = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw refuse(
      large ? `it holds more than ${MAX_BYTES / 1_048_576} MiB` : 'it is not compressed with gzip, or damaged',
      error,
    );
  }
}

/** The paths were checked when the archive was read, and the directory is new: nothing in it can be a link. */
function writeFiles(dir: string, files: readonly ArchivedFile[]): void {
  mkdirSync(dir, { mode: 0o700 });
  for (const { path, executable, bytes } of files) {
    const target = join(dir, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    writeFileSync(target, bytes, { flag: 'wx', mode: executable ? 0o700 : 0o600 });
  }
}
