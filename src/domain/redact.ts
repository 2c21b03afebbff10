import { isJsonObject, type Json } from './json.ts';
import { encodingsOf } from './redact-encodings.ts';
import { createKeyTest } from './redact-keys.ts';
import { createNeedles, type Needles, type Span } from './redact-needles.ts';
import { compilePattern, DEFAULT_PATTERNS, type Pattern, unfinishedBlock } from './redact-patterns.ts';

const MASK = '***';
/** Characters of an unfinished line that a stream holds back, and how many it lets gather before it lets some go. */
const HELD_LINE = 4_096;
const MAX_LINE = 2 * HELD_LINE;

/** Masks what must not be shown: `***` stands for every secret, however it is encoded, and for what looks like one. */
export interface Redactor {
  text(text: string): string;
  /** The same in every string and key of a JSON value, and whole values under keys such as `password`. */
  json(value: Json): Json;
  /** The same for a text that arrives in chunks. */
  stream(): RedactedStream;
}

/** A text on its way through a redactor. */
export interface RedactedStream {
  /** Takes the next chunk and gives what may be shown by now; an unfinished line is held back, up to 8 KiB of it. */
  push(chunk: string): string;
  /** Gives the rest. */
  end(): string;
}

/** What a redactor knows. */
export interface RedactorInput {
  /** Values to mask; those of less than four characters are not masked. */
  readonly secrets: readonly string[];
  /** Further names of keys whose values are masked. */
  readonly keys: readonly string[];
  /** RE2 patterns of further text to mask, of which the first group or else the whole match is masked. */
  readonly patterns: readonly string[];
}

/** Prepares a redactor; throws when a pattern is invalid (`patternProblem` tells beforehand). */
export function createRedactor({ secrets, keys, patterns }: RedactorInput): Redactor {
  const finder: Finder = {
    needles: createNeedles(secrets.flatMap(encodingsOf)),
    patterns: [...DEFAULT_PATTERNS, ...patterns.map(compilePattern)],
  };
  const isSecretKey = createKeyTest(keys);
  const text = (source: string): string => mask(source, spansIn(finder, source));
  const json = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(json);
    if (!isJsonObject(value)) return value;
    const shown = Object.entries(value).map(([key, item]): [string, Json] => {
      return [text(key), isSecretKey(key) && !isBlank(item) ? MASK : json(item)];
    });
    return Object.fromEntries(withDistinctKeys(shown));
  };
  return { text, json, stream: () => createStream(finder) };
}

/** Whether a value is there at all is no secret. */
function isBlank(value: Json): boolean {
  return value === null || value === '' || typeof value === 'boolean';
}

/** Two keys that became one by masking are told apart by a number. */
function withDistinctKeys(entries: readonly [string, Json][]): readonly [string, Json][] {
  const seen = new Map<string, number>();
  return entries.map(([key, value]) => {
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return [count === 1 ? key : `${key} (${count})`, value];
  });
}

interface Finder {
  readonly needles: Needles;
  readonly patterns: readonly Pattern[];
}

/** What is to be masked, in order and without overlaps. */
function spansIn({ needles, patterns }: Finder, text: string, covered: readonly Span[] = []): readonly Span[] {
  const found = [...covered, ...needles.find(text), ...patterns.flatMap((pattern) => pattern(text))];
  found.sort((left, right) => left.start - right.start);
  const merged: Span[] = [];
  for (const span of found) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) merged.push(span);
    else if (span.end > last.end) merged[merged.length - 1] = { start: last.start, end: span.end };
  }
  return merged;
}

function mask(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  let shown = '';
  let at = 0;
  for (const { start, end } of spans) {
    shown += text.slice(at, start) + MASK;
    at = end;
  }
  return shown + text.slice(at);
}

function createStream(finder: Finder): RedactedStream {
  let held = '';
  /** How much of the held text the last mask that was given out stands for. */
  let covered = 0;

  /** Gives out the held text up to `cut`. */
  const release = (cut: number): string => {
    // Nothing leaves, and what the last mask stands for still does.
    if (cut === 0) return '';
    const spans = spansIn(finder, held, covered > 0 ? [{ start: 0, end: covered }] : []);
    const due = spans.filter(({ start }) => start < cut);
    const shown = mask(held.slice(0, cut), due).slice(covered > 0 ? MASK.length : 0);
    covered = Math.max((due.at(-1)?.end ?? 0) - cut, 0);
    held = held.slice(cut);
    return shown;
  };

  return {
    push(chunk) {
      held += chunk;
      if (!chunk.includes('\n') && held.length <= MAX_LINE) return '';
      const line = held.lastIndexOf('\n') + 1;
      const cut = held.length - line <= MAX_LINE ? line : held.length - HELD_LINE;
      return release(Math.min(cut, finder.needles.pending(held), unfinishedBlock(held)));
    },
    end: () => release(held.length),
  };
}
