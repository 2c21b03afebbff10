import type { Span } from './redact-needles.ts';
import type { Pattern } from './redact-patterns.ts';

/** Longest name and value that are looked at. */
const NAME = 64;
const VALUE = 4_096;

const ENDS_IN_NAME = /[\w.-]{2,64}$/;
const ENDS_IN_KEY = /"([^"\\]{1,64})\\?$/;
const ASSIGNED = /^(?:"((?:[^"\\]|\\.)+)"|'([^']+)'|([^\s=&;,"'<>()[\]{}]+))/d;
const QUOTED = /^"\s{0,8}:\s{0,8}"(?:(?:basic|bearer|digest|token)\s{1,8})?((?:[^"\\]|\\.)+)/di;
const QUOTED_TWICE = /^"\s{0,8}:\s{0,8}\\"(?:(?:basic|bearer|digest|token)\s{1,8})?((?:[^"\\]|\\[^"])+)/di;

/** Values that a text gives to names which are called like secrets: `password=…`, `--token='…'`, `"api_key": "…"`. */
export function assignments(isSecretKey: (key: string) => boolean): Pattern {
  return (text) => (text.includes('=') || text.includes('":') ? assignmentsIn(text, isSecretKey) : []);
}

function* assignmentsIn(text: string, isSecretKey: (key: string) => boolean): Generator<Span, undefined> {
  yield* equals(text, isSecretKey);
  yield* quoted(text, isSecretKey);
}

function* equals(text: string, isSecretKey: (key: string) => boolean): Generator<Span, undefined> {
  for (let at = text.indexOf('='); at !== -1; at = text.indexOf('=', at + 1)) {
    if (!isWord(text.charCodeAt(at - 1))) continue;
    const name = ENDS_IN_NAME.exec(text.slice(Math.max(at - NAME, 0), at))?.[0];
    if (name !== undefined && isSecretKey(name)) yield* valueAt(text, at + 1, ASSIGNED);
  }
}

function* quoted(text: string, isSecretKey: (key: string) => boolean): Generator<Span, undefined> {
  for (let at = text.indexOf('":'); at !== -1; at = text.indexOf('":', at + 1)) {
    const key = ENDS_IN_KEY.exec(text.slice(Math.max(at - NAME - 2, 0), at))?.[1];
    if (key === undefined || !isSecretKey(key)) continue;
    yield* valueAt(text, at, text[at - 1] === '\\' ? QUOTED_TWICE : QUOTED);
  }
}

/** The first group of what matches at a place. */
function* valueAt(text: string, from: number, pattern: RegExp): Generator<Span, undefined> {
  const groups = pattern.exec(text.slice(from, from + VALUE))?.indices?.slice(1) ?? [];
  for (const group of groups) if (group !== undefined) yield { start: from + group[0], end: from + group[1] };
}

/** Letters, digits, `_`, `-` and `.`; asked before anything is cut out, since a text may be full of `=`. */
function isWord(code: number): boolean {
  return (
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    '_-.'.includes(String.fromCharCode(code))
  );
}
