import type { Needles, Span } from './redact-needles.ts';
import type { Pattern } from './redact-patterns.ts';
import type { Steps } from './steps.ts';

/** What stands for a secret. */
export const MASK = '***';
/** A longer text is masked in slices of this length. */
export const SLICE = 65_536;

/** What finds the secrets in a text. */
export interface Finder {
  readonly needles: Needles;
  readonly patterns: readonly Pattern[];
  /** Hears of every needle that is found. */
  readonly note?: (needle: string) => void;
}

/** What the needles find in [from, to) of a text. */
function found({ needles, note }: Finder, text: string, from = 0, to = text.length): Span[] {
  const spans = needles.find(text, from, to);
  if (note !== undefined) for (const { start, end } of spans) note(text.slice(start, end));
  return spans;
}

/** What is to be masked of a text besides what `covered` names, in order and without overlaps. */
export function spansIn(finder: Finder, text: string, covered: readonly Span[] = []): readonly Span[] {
  const spans = [...covered, ...found(finder, text)];
  for (const pattern of finder.patterns) for (const span of pattern(text)) if (span !== null) spans.push(span);
  if (spans.length === 0) return spans;
  return inOrder(spans).reduce<Span[]>((merged, span) => {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) merged.push(span);
    else if (span.end > last.end) merged[merged.length - 1] = { start: last.start, end: span.end };
    return merged;
  }, []);
}

/** The text with a mask in place of each span. */
export function mask(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  let shown = '';
  let at = 0;
  for (const { start, end } of spans) {
    shown += text.slice(at, start) + MASK;
    at = end;
  }
  return shown + text.slice(at);
}

/** What `mask` makes of all the spans in a text, in steps of one slice each. */
export function* maskSteps(finder: Finder, text: string): Steps<string> {
  const cursors = finder.patterns.map((pattern) => createCursor(pattern(text)));
  const shown: string[] = [];
  /** Where the last mask ends. */
  let at = 0;
  for (let from = 0; from < text.length; from += SLICE) {
    const spans = found(finder, text, from, from + SLICE);
    for (const cursor of cursors) yield* cursor.take(from + SLICE, spans);
    const slice: string[] = [];
    for (const { start, end } of inOrder(spans)) {
      if (start >= at) slice.push(text.slice(at, start), MASK);
      at = Math.max(at, end);
    }
    // Joined at once: of a text that is full of secrets the pieces take much more memory than the text.
    if (slice.length > 0) shown.push(slice.join(''));
    yield;
  }
  return shown.length === 0 ? text : shown.join('') + text.slice(at);
}

interface Cursor {
  /** Adds the spans that begin before `until` to those that were found. */
  take(until: number, found: Span[]): Steps<void>;
}

function createCursor(spans: Iterable<Span | null>): Cursor {
  const iterator = spans[Symbol.iterator]();
  let ahead: Span | null = null;
  let over = false;
  return {
    *take(until, found) {
      while (!over) {
        if (ahead === null) {
          const next = iterator.next();
          over = next.done === true;
          ahead = next.value ?? null;
          if (ahead === null && !over) yield;
        }
        if (ahead === null) continue;
        if (ahead.start >= until) return;
        found.push(ahead);
        ahead = null;
      }
    },
  };
}

function inOrder(spans: Span[]): readonly Span[] {
  return spans.sort((left, right) => left.start - right.start);
}
