import type { JsonPath } from '../json-pointer.ts';
import { skipNumber, skipSpace, skipString, skipWord } from './json-lex.ts';
import { readString } from './json-scan.ts';

/** A part of a JSON text that its end left open. */
export interface OpenPart {
  readonly kind: 'object' | 'array' | 'string' | 'key';
  /** Path of the part; for a key, of its object. */
  readonly path: JsonPath;
}

interface Frame {
  readonly kind: 'object' | 'array';
  /** Key or index of the value that is read now; null in an object before its next key. */
  key: string | number | null;
}

/** Byte offset of the value at `path` in well-formed JSON, the last one where a key stands twice; of its nearest ancestor when there is none. */
export function locate(bytes: Uint8Array, path: JsonPath): number {
  let found = 0;
  walk(bytes, (frames, at) => {
    if (frames.length <= path.length && frames.every((frame, index) => frame.key === path[index])) found = at;
  });
  return found;
}

/** What is still open, innermost first, where JSON that was well-formed so far ends. */
export function openParts(bytes: Uint8Array): readonly OpenPart[] {
  const { frames, string } = walk(bytes, () => {});
  const parts: OpenPart[] = frames.map((frame, index) => ({ kind: frame.kind, path: pathOf(frames.slice(0, index)) }));
  if (string === 'value') parts.push({ kind: 'string', path: pathOf(frames) });
  if (string === 'key') parts.push({ kind: 'key', path: pathOf(frames.slice(0, -1)) });
  return parts.reverse();
}

function pathOf(frames: readonly Frame[]): JsonPath {
  return frames.map((frame) => frame.key ?? '');
}

/** Visits the start of every value; stops at the end of the text, even in the middle of a string. */
function walk(
  bytes: Uint8Array,
  onValue: (frames: readonly Frame[], at: number) => void,
): { readonly frames: readonly Frame[]; readonly string: 'key' | 'value' | null } {
  const frames: Frame[] = [];
  let at = skipSpace(bytes, 0);
  while (at < bytes.length) {
    const symbol = String.fromCharCode(bytes[at] ?? 0);
    const top = frames.at(-1);
    let end = at + 1;
    if (symbol === '}' || symbol === ']') {
      frames.pop();
    } else if (symbol === ',') {
      if (top !== undefined) top.key = typeof top.key === 'number' ? top.key + 1 : null;
    } else if (symbol === '"' && top?.key === null) {
      end = skipString(bytes, at);
      if (end < 0) return { frames, string: 'key' };
      top.key = readString(bytes, at, end);
    } else if (symbol !== ':') {
      onValue(frames, at);
      if (symbol === '{') frames.push({ kind: 'object', key: null });
      else if (symbol === '[') frames.push({ kind: 'array', key: 0 });
      else if (symbol === '"') end = skipString(bytes, at);
      else end = /[a-z]/.test(symbol) ? skipWord(bytes, at) : skipNumber(bytes, at);
      if (end < 0) return { frames, string: symbol === '"' ? 'value' : null };
    }
    at = skipSpace(bytes, end);
  }
  return { frames, string: null };
}
