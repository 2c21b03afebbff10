import { RE2JS } from 're2js';
import { charge, Failure, type Run } from './condition-run.ts';

/** Characters of the longest pattern. */
const MAX_PATTERN = 1_000;
/** Instructions of the largest compiled pattern. */
const MAX_PROGRAM = 2_000;
/** Patterns that came with the data and are kept compiled. */
const MAX_CACHED = 100;

/** A compiled pattern: linear time in the length of the text, whatever the pattern. */
export interface Regex {
  readonly pattern: string;
  readonly compiled: RE2JS;
}

const cache = new Map<string, Regex>();

/** Compiles an RE2 pattern, or says what is wrong with it. */
export function compileRegex(pattern: string): Regex | { readonly problem: string } {
  if (pattern.length > MAX_PATTERN) return { problem: `the pattern is longer than ${MAX_PATTERN} characters` };
  if (expansion(pattern) > MAX_PROGRAM * 10) return { problem: 'the pattern repeats too much' };
  try {
    const compiled = RE2JS.compile(pattern);
    return compiled.programSize() > MAX_PROGRAM ? { problem: 'the pattern repeats too much' } : { pattern, compiled };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** True when the pattern matches any part of `text`. */
export function matches(run: Run, regex: Regex, text: string): boolean {
  charge(run, 1 + (text.length * regex.compiled.programSize()) / 25);
  return regex.compiled.test(text);
}

/** The pattern that came as a value, compiled; compiling is paid for whether it is still kept or not. */
export function dynamicRegex(run: Run, pattern: string): Regex {
  charge(run, 50 + 2 * Math.min(expansion(pattern), MAX_PROGRAM * 10));
  const kept = cache.get(pattern);
  const regex = kept ?? compileRegex(pattern);
  if ('problem' in regex) throw new Failure(() => `matches() got an invalid pattern: ${regex.problem}`);
  // The oldest leaves first; a hit makes young again.
  cache.delete(pattern);
  cache.set(pattern, regex);
  for (const oldest of cache.keys()) {
    if (cache.size <= MAX_CACHED) break;
    cache.delete(oldest);
  }
  return regex;
}

/**
 * How many dynamic patterns are kept compiled.
 * @internal for the test of the bound
 */
export function cachedPatterns(): number {
  return cache.size;
}

/** A bound, mostly generous, on the instructions that the counted repetitions of a pattern unfold to. */
function expansion(pattern: string): number {
  let total = pattern.length;
  for (const [, group = '', least = '', most = ''] of pattern.matchAll(/(\)?)\{(\d{1,5})(?:,(\d{0,5}))?\}/g)) {
    // What a repeated group holds may be repeated itself; RE2 refuses products over 1,000.
    total += Math.max(Number(least), Number(most), 1) * (group === '' ? 4 : 32);
  }
  return total;
}
