import { excerpt, quote } from '../excerpt.ts';
import { jsonPointer } from '../json-pointer.ts';
import { utf8Size } from './json-lex.ts';
import type { Expected, ScanFault, ScanLimits } from './json-scan.ts';
import { openParts } from './json-walk.ts';
import { positionOf } from './text-position.ts';

/** The least that a plugin must print. */
export const SMALLEST_RESPONSE = '{"protocol": 1, "status": "ok"}';

/** What is wrong with an output that is not one JSON object, where, and what to do, in one sentence. */
export function describeFault(bytes: Uint8Array, fault: ScanFault, limits: ScanLimits): string {
  const at = (offset: number, message: string) => `${positionOf(bytes, offset)}: ${message}`;
  if (fault.kind === 'empty') return describeNothing(bytes);
  if (fault.kind === 'tokens')
    return at(fault.at, `more than ${limits.tokens} JSON values and keys (limits.stdout_tokens)`);
  if (fault.kind === 'depth') return at(fault.at, `nested deeper than ${limits.depth} levels (limits.json_depth)`);
  const start = bytes.findIndex((byte) => !isSpace(byte));
  if (bytes[start] !== OPEN_OBJECT) return at(start, describeStart(bytes, start));
  switch (fault.kind) {
    case 'truncated':
      return at(fault.at, describeEnd(bytes));
    case 'after':
      return at(fault.at, describeRest(bytes, fault.at));
    case 'duplicate':
      return at(fault.at, `the key ${quote(fault.key)} stands twice in the response`);
    case 'overflow':
      return at(fault.at, `the number ${wordAt(bytes, fault.at)} is too large`);
    case 'unexpected':
      return at(fault.at, `expected ${EXPECTED[fault.expected]}, found ${found(bytes, fault.at)}`);
    case 'lexeme':
      return at(fault.at, describeLexeme(bytes, fault));
    /* node:coverage ignore next 2 */
    default:
      return fault satisfies never;
  }
}

/** Says that the output is well-formed JSON, but no object. */
export function describeRoot(bytes: Uint8Array, kind: string): string {
  const start = bytes.findIndex((byte) => !isSpace(byte));
  return `${positionOf(bytes, start)}: the output is ${kind}; print one JSON object, such as ${SMALLEST_RESPONSE}`;
}

const OPEN_OBJECT = 0x7b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const EXPECTED: Record<Expected, string> = {
  value: 'a value',
  value_or_end: 'a value or "]"',
  key: 'a key in double quotes',
  key_or_end: 'a key in double quotes or "}"',
  colon: '":" after the key',
  object_rest: '"," or "}"',
  array_rest: '"," or "]"',
};

/** What writers of other languages mean by words that JSON does not have. */
const HINTS: Record<string, string> = {
  None: 'write null',
  nil: 'write null',
  undefined: 'write null',
  True: 'write true',
  False: 'write false',
  NaN: 'JSON has no such number; write null or a string',
  Infinity: 'JSON has no such number; write null or a string',
  '-Infinity': 'JSON has no such number; write null or a string',
  "'": 'JSON takes double quotes',
};

const CONTROL_NAMES: Record<number, readonly [string, string]> = {
  0: ['a NUL byte', '\\u0000'],
  9: ['a tab', '\\t'],
  10: ['a line break', '\\n'],
  13: ['a carriage return', '\\r'],
};

function describeNothing(bytes: Uint8Array): string {
  const found = bytes.length === 0 ? 'nothing' : 'nothing but white space';
  return `stdout holds ${found}; print one JSON object, such as ${SMALLEST_RESPONSE}`;
}

/** For an output that does not begin with `{`. */
function describeStart(bytes: Uint8Array, start: number): string {
  const first = bytes[start] ?? 0;
  const second = bytes[start + 1] ?? 0;
  if (first === 0xef && second === 0xbb && bytes[start + 2] === 0xbf) {
    return 'a byte order mark before the response; print UTF-8 without one';
  }
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return 'a byte order mark of UTF-16; print UTF-8';
  }
  if (first === 0) return 'a NUL byte before the response; print one JSON object in UTF-8';
  if (utf8Size(bytes, start) === 0) return `${notUtf8(first)}; print one JSON object in UTF-8`;
  const brace = bytes.indexOf(OPEN_OBJECT, start);
  if (brace === -1) {
    return `${quote(lineAt(bytes, start))} is not a JSON object; print one, such as ${SMALLEST_RESPONSE}, and logs to stderr`;
  }
  return `${quote(lineAt(bytes.subarray(0, brace), start))} before the response; print logs to stderr`;
}

const MAX_OPEN = 4;

function describeEnd(bytes: Uint8Array): string {
  const open = openParts(bytes).map(({ kind, path }) => {
    if (path.length === 0 && kind === 'object') return 'the response';
    if (kind === 'key') return `a key of ${path.length === 0 ? 'the response' : jsonPointer(path)}`;
    return `the ${kind} ${jsonPointer(path)}`;
  });
  const shown = open.length <= MAX_OPEN ? open : [...open.slice(0, MAX_OPEN), `${open.length - MAX_OPEN} more`];
  return `the output ends before the response is complete; still open: ${shown.join(', ')}`;
}

function describeRest(bytes: Uint8Array, at: number): string {
  const byte = bytes[at] ?? 0;
  if (byte === OPEN_OBJECT) return 'a second object after the response; print exactly one';
  if (byte === 0) return 'a NUL byte after the response; print nothing after it';
  if (utf8Size(bytes, at) === 0) return `${notUtf8(byte)}, after the response; print nothing after it`;
  return `${quote(lineAt(bytes, at))} after the response; print logs to stderr`;
}

function describeLexeme(bytes: Uint8Array, { at, from }: { readonly at: number; readonly from: number }): string {
  const byte = bytes[at] ?? 0;
  if (bytes[from] !== QUOTE) {
    const word = wordAt(bytes, from);
    return `${quote(word)} is not a value of JSON${hint(word)}`;
  }
  if (byte === BACKSLASH) return `${quote(escapeAt(bytes, at))} is not an escape of JSON`;
  if (byte >= 0x80) return `${notUtf8(byte)}; print UTF-8`;
  const [name, written] = CONTROL_NAMES[byte] ?? [`the control character ${hex(byte)}`, `\\u00${hex(byte).slice(2)}`];
  return `${name} in a string; write it as ${written}`;
}

function found(bytes: Uint8Array, at: number): string {
  const byte = bytes[at] ?? 0;
  if (byte === 0) return 'a NUL byte';
  if (byte === QUOTE) return 'a string';
  if (byte < 0x20) return `the control character ${hex(byte)}`;
  if (utf8Size(bytes, at) === 0) return `the byte ${hex(byte)}, which is not UTF-8`;
  const word = wordAt(bytes, at);
  return `${quote(word)}${hint(word)}`;
}

function hint(word: string): string {
  const text = Object.hasOwn(HINTS, word) ? HINTS[word] : undefined;
  return text === undefined ? '' : `; ${text}`;
}

function notUtf8(byte: number): string {
  return `the byte ${hex(byte)} is not UTF-8`;
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

const WINDOW_BYTES = 256;

/** The text from `at` to the end of its line. */
function lineAt(bytes: Uint8Array, at: number): string {
  const text = new TextDecoder().decode(bytes.subarray(at, at + WINDOW_BYTES));
  return (/^[^\r\n]*/.exec(text)?.[0] ?? '').trimEnd();
}

/** The word or number that begins at `at`, or the one character there. */
function wordAt(bytes: Uint8Array, at: number): string {
  const text = new TextDecoder().decode(bytes.subarray(at, at + WINDOW_BYTES));
  return excerpt(/^[\w.+-]+/.exec(text)?.[0] ?? String.fromCodePoint(text.codePointAt(0) ?? 0));
}

function escapeAt(bytes: Uint8Array, at: number): string {
  const text = new TextDecoder().decode(bytes.subarray(at, at + WINDOW_BYTES));
  const length = text[1] === 'u' ? 6 : 1 + String.fromCodePoint(text.codePointAt(1) ?? 0).length;
  return text.slice(0, length);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
