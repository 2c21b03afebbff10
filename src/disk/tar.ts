/** A regular file of an archive; its path is relative, with `/`, and never leads out. */
export interface ArchivedFile {
  readonly path: string;
  readonly executable: boolean;
  readonly bytes: Uint8Array;
}

/** The files of an archive, or what is wrong with it. */
export type ReadArchive =
  | { readonly ok: true; readonly files: readonly ArchivedFile[] }
  | { readonly ok: false; readonly reason: string };

const BLOCK = 512;
const NAME = 100;
const PREFIX = 155;
/** Entries of an archive that is read. */
const MAX_ENTRIES = 5_000;
/** Entry types of POSIX 1003.1-1988 (ustar). */
const FILE = '0';
const OLD_FILE = '\0';
const DIRECTORY = '5';

/** True when a path of an archive says where it is: relative, without `.`, `..`, empty parts or NUL, and short enough for ustar. */
export function isArchivable(path: string): boolean {
  const parts = path.split('/');
  return (
    !path.includes('\0') && parts.every((part) => part !== '' && part !== '.' && part !== '..') && split(path) !== null
  );
}

/** An archive in the format `ustar` (POSIX.1-1988), which every tar reads; throws for a path that is not archivable. `at`: epoch milliseconds. */
export function writeTar(files: readonly ArchivedFile[], at: number): Uint8Array {
  const blocks = files.flatMap(({ path, executable, bytes }) => {
    const name = isArchivable(path) ? split(path) : null;
    if (name === null) throw new TypeError(`not a path of an archive: ${JSON.stringify(path)}`);
    const padding = new Uint8Array((BLOCK - (bytes.length % BLOCK)) % BLOCK);
    return [headerOf({ ...name, mode: executable ? 0o755 : 0o644, size: bytes.length, at }), bytes, padding];
  });
  return Buffer.concat([...blocks, new Uint8Array(2 * BLOCK)]);
}

/** Reads an archive of regular files; anything else in it but directories, which are implied, refuses the whole. */
export function readTar(archive: Uint8Array): ReadArchive {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const files = new Map<string, ArchivedFile>();
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return { ok: true, files: [...files.values()] };
    const entry = entryOf(header);
    if (typeof entry === 'string') return { ok: false, reason: entry };
    const end = at + BLOCK + entry.size;
    if (end > bytes.length) return { ok: false, reason: `it ends within ${JSON.stringify(entry.path)}` };
    if (files.size >= MAX_ENTRIES) return { ok: false, reason: `it holds more than ${MAX_ENTRIES} files` };
    if (entry.type !== DIRECTORY) {
      if (files.has(entry.path)) return { ok: false, reason: `it holds ${JSON.stringify(entry.path)} twice` };
      const { path, mode } = entry;
      files.set(path, { path, executable: (mode & 0o100) !== 0, bytes: bytes.subarray(at + BLOCK, end) });
    }
    at = at + BLOCK + Math.ceil(entry.size / BLOCK) * BLOCK;
  }
  return { ok: false, reason: 'its end is missing' };
}

interface Entry {
  readonly path: string;
  readonly type: string;
  readonly mode: number;
  readonly size: number;
}

function entryOf(header: Buffer): Entry | string {
  if (textAt(header, 257, 5) !== 'ustar') return 'it is no ustar archive';
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (numberAt(header, 148, 8) !== sum) return 'the checksum of an entry is wrong';
  const type = String.fromCharCode(header[156] ?? 0);
  const prefix = textAt(header, 345, PREFIX);
  const written = `${prefix === '' ? '' : `${prefix}/`}${textAt(header, 0, NAME)}`;
  if (type !== FILE && type !== OLD_FILE && type !== DIRECTORY) {
    return `it holds ${JSON.stringify(written)}, which is neither a file nor a directory (type ${JSON.stringify(type)})`;
  }
  const path = written.replace(/^\.\//, '').replace(/\/$/, '');
  const size = numberAt(header, 124, 12);
  const mode = numberAt(header, 100, 8);
  if (size === null || mode === null) return `the entry ${JSON.stringify(written)} is damaged`;
  const isTop = type === DIRECTORY && (path === '' || path === '.');
  if (!isTop && !isArchivable(path)) return `it holds ${JSON.stringify(written)}, which would lead out of it`;
  return { path, type, mode, size };
}

function headerOf(entry: {
  readonly name: string;
  readonly prefix: string;
  readonly mode: number;
  readonly size: number;
  readonly at: number;
}): Buffer {
  const { name, prefix, mode, size, at } = entry;
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;
  header.write(name, 0);
  header.write(octal(mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(Math.floor(at / 1_000), 12), 136);
  header.write('        ', 148);
  header.write(FILE, 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** A path in the two fields that ustar has for it; null when it does not fit. */
function split(path: string): { readonly name: string; readonly prefix: string } | null {
  if (Buffer.byteLength(path) <= NAME) return { name: path, prefix: '' };
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(prefix) > PREFIX) return null;
    if (Buffer.byteLength(name) <= NAME) return { name, prefix };
  }
  return null;
}

function textAt(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

function numberAt(header: Buffer, at: number, length: number): number | null {
  const text = textAt(header, at, length).trim();
  return /^[0-7]{1,12}$/.test(text) ? Number.parseInt(text, 8) : null;
}
