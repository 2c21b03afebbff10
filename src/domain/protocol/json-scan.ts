import { finishSteps, type Steps } from '../steps.ts';
import { skipNumber, skipSpace, skipString, skipWord } from './json-lex.ts';

/** Caps on one JSON text: `tokens` counts values and keys; the root has depth 1. */
export interface ScanLimits {
  readonly depth: number;
  readonly tokens: number;
}

/** What may stand at a place of a JSON text. */
export type Expected = 'value' | 'value_or_end' | 'key' | 'key_or_end' | 'colon' | 'object_rest' | 'array_rest';

/**
 * The first thing wrong with a JSON text, at a byte offset.
 * - `truncated`: it ends before the root is complete. `after`: something follows the root.
 * - `lexeme`: a string, number or word that is malformed at `at` and began at `from`.
 * - `overflow`: a number that is too large for a double. `duplicate`: a key of the root stands twice.
 */
export type ScanFault =
  | { readonly kind: 'empty'; readonly at: number }
  | { readonly kind: 'truncated'; readonly at: number }
  | { readonly kind: 'after'; readonly at: number }
  | { readonly kind: 'depth'; readonly at: number }
  | { readonly kind: 'tokens'; readonly at: number }
  | { readonly kind: 'overflow'; readonly at: number }
  | { readonly kind: 'unexpected'; readonly at: number; readonly expected: Expected }
  | { readonly kind: 'lexeme'; readonly at: number; readonly from: number }
  | { readonly kind: 'duplicate'; readonly at: number; readonly key: string };

/** What one pass over a JSON text found. */
export type JsonScan =
  | {
      readonly ok: true;
      readonly tokens: number;
      /** Offset of the first whole number that changes when it is read as a double; null: none. */
      readonly inexactAt: number | null;
    }
  | { readonly ok: false; readonly fault: ScanFault };

const UTF_8 = new TextDecoder();
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const A = 0x61;
/** Every whole number of fewer digits is exact in a double. */
const EXACT_DIGITS = 15;

/** 1 for each byte that a value may begin with. */
const STARTERS = Uint8Array.from({ length: 256 }, (_, byte) =>
  '{["-0123456789tfn'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** Bytes that are checked between two steps, but for single strings that are longer. */
const STEP_BYTES = 524_288;

/** Checks in one pass that `bytes` are one JSON value in UTF-8 within `limits`, without building it (RFC 8259). */
export function scanJson(bytes: Uint8Array, limits: ScanLimits): JsonScan {
  return finishSteps(scanJsonSteps(bytes, limits));
}

/** `scanJson` in steps, for texts that are large. */
export function* scanJsonSteps(bytes: Uint8Array, limits: ScanLimits): Steps<JsonScan> {
  const { length } = bytes;
  const closers: number[] = [];
  const rootKeys = new Set<string>();
  let expected: Expected = 'value';
  let tokens = 0;
  let inexactAt: number | null = null;
  let at = skipSpace(bytes, 0);
  let pauseAt = STEP_BYTES;
  if (at === length) return refuse({ kind: 'empty', at: 0 });

  for (;;) {
    if (at >= length) return refuse({ kind: 'truncated', at: length });
    if (at >= pauseAt) {
      yield;
      pauseAt = at + STEP_BYTES;
    }
    const byte = bytes[at] ?? 0;
    let ended = false;

    if (expected === 'value' || (expected === 'value_or_end' && byte !== CLOSE_ARRAY)) {
      if (!startsValue(byte)) return refuse({ kind: 'unexpected', at, expected });
      tokens += 1;
      if (tokens > limits.tokens) return refuse({ kind: 'tokens', at });
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (closers.length >= limits.depth) return refuse({ kind: 'depth', at });
        closers.push(byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY);
        expected = byte === OPEN_OBJECT ? 'key_or_end' : 'value_or_end';
        at += 1;
      } else {
        const end = byte === QUOTE ? skipString(bytes, at) : byte >= A ? skipWord(bytes, at) : skipNumber(bytes, at);
        if (end < 0) return refuse(lexemeFault({ at: ~end, from: at, length }));
        if (byte < A && byte !== QUOTE && needsLook(bytes, at, end)) {
          const number = lookAt(bytes, at, end);
          if (number === 'overflow') return refuse({ kind: 'overflow', at });
          if (number === 'inexact') inexactAt ??= at;
        }
        at = end;
        ended = true;
      }
    } else if (expected === 'key' || (expected === 'key_or_end' && byte !== CLOSE_OBJECT)) {
      if (byte !== QUOTE) return refuse({ kind: 'unexpected', at, expected });
      const end = skipString(bytes, at);
      if (end < 0) return refuse(lexemeFault({ at: ~end, from: at, length }));
      tokens += 1;
      if (tokens > limits.tokens) return refuse({ kind: 'tokens', at });
      if (closers.length === 1) {
        const key = readString(bytes, at, end);
        if (rootKeys.has(key)) return refuse({ kind: 'duplicate', at, key });
        rootKeys.add(key);
      }
      at = end;
      expected = 'colon';
    } else if (expected === 'colon') {
      if (byte !== COLON) return refuse({ kind: 'unexpected', at, expected });
      at += 1;
      expected = 'value';
    } else if (byte === COMMA && (expected === 'object_rest' || expected === 'array_rest')) {
      at += 1;
      expected = expected === 'object_rest' ? 'key' : 'value';
    } else {
      if (byte !== closers.at(-1)) return refuse({ kind: 'unexpected', at, expected });
      closers.pop();
      at += 1;
      ended = true;
    }

    at = skipSpace(bytes, at);
    if (!ended) continue;
    if (closers.length === 0) return at === length ? { ok: true, tokens, inexactAt } : refuse({ kind: 'after', at });
    expected = closers.at(-1) === CLOSE_OBJECT ? 'object_rest' : 'array_rest';
  }
}

/** The string whose quotes stand at `from` and just before `end`, decoded; it must be well-formed. */
export function readString(bytes: Uint8Array, from: number, end: number): string {
  const text = UTF_8.decode(bytes.subarray(from, end));
  const value: unknown = text.includes('\\') ? JSON.parse(text) : text.slice(1, -1);
  return String(value);
}

function startsValue(byte: number): boolean {
  return STARTERS[byte] === 1;
}

function refuse(fault: ScanFault): JsonScan {
  return { ok: false, fault };
}

function lexemeFault({ at, from, length }: { at: number; from: number; length: number }): ScanFault {
  return at >= length ? { kind: 'truncated', at: length } : { kind: 'lexeme', at, from };
}

/** True when the number may not survive as a double: many digits, or an exponent. */
function needsLook(bytes: Uint8Array, from: number, end: number): boolean {
  if (end - from > EXACT_DIGITS) return true;
  for (let at = from + 1; at < end; at += 1) if (((bytes[at] ?? 0) | 0x20) === 0x65) return true;
  return false;
}

function lookAt(bytes: Uint8Array, from: number, end: number): 'fine' | 'inexact' | 'overflow' {
  const text = UTF_8.decode(bytes.subarray(from, end));
  const number = Number(text);
  if (!Number.isFinite(number)) return 'overflow';
  return /^-?\d+$/.test(text) && String(number) !== text ? 'inexact' : 'fine';
}
