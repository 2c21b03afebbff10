import { z } from 'zod';
import type { ProblemCode } from '../problem-codes.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from '../units.ts';

/** The longest span a configuration may name: ten years. */
const LONGEST_MS = 3_650 * 86_400_000;
/** The largest size a configuration may name: 1 TiB. */
const LARGEST_BYTES = 2 ** 40;
const NAME = /^[a-z][a-z0-9_-]{0,63}$/;

/** What an issue of our own carries for `toFindings`: its code, and a hint where one helps. */
export interface IssueParams {
  readonly problem: ProblemCode;
  readonly hint?: string;
}

/*
 * Messages of these schemas are phrases that begin with "expected"; the place and what was found instead are added
 * where issues become findings.
 */

/** Text of 1 to `max` characters. */
export function text(expected = 'text', max = 10_000) {
  const message = `expected ${expected}`;
  return z
    .string({ error: message })
    .min(1, { error: message })
    .max(max, { error: `${message} of at most ${max} characters` });
}

/** `true` or `false`. */
export function flag() {
  return z.boolean({ error: 'expected true or false' });
}

/** A whole number from `min` to `max`. */
export function whole(min: number, max: number) {
  const message = `expected a whole number from ${min} to ${max}`;
  return z.int({ error: message }).min(min, { error: message }).max(max, { error: message });
}

/** A number from 0 to 1. */
export function share() {
  const message = 'expected a number from 0 to 1';
  return z.number({ error: message }).min(0, { error: message }).max(1, { error: message });
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `expected ${words.map((word) => `\`${word}\``).join(' or ')}` });
}

/** A duration such as `30s`, decoded to milliseconds. */
export function duration(range: { readonly min?: number; readonly max?: number } = {}) {
  const { min = 0, max = LONGEST_MS } = range;
  return z
    .string({ error: 'expected a duration such as `250ms`, `30s`, `15m`, `6h` or `7d`' })
    .transform((written, context) => {
      const ms = parseDuration(written);
      if (ms !== null && ms >= min && ms <= max) return ms;
      const message =
        ms === null
          ? 'expected a duration such as `250ms`, `30s`, `15m`, `6h` or `7d`'
          : `expected a duration from ${formatDuration(min)} to ${formatDuration(max)}`;
      context.addIssue({ code: 'custom', message, params: { problem: 'invalid_duration' } satisfies IssueParams });
      return z.NEVER;
    })
    .meta({ 'x-kind': 'duration', pattern: '^\\d{1,12}(\\.\\d{1,3})?(ms|s|m|h|d)$' });
}

/** A size such as `64KiB`, decoded to bytes. */
export function size(range: { readonly min?: number; readonly max?: number } = {}) {
  const { min = 1, max = LARGEST_BYTES } = range;
  return z
    .string({ error: 'expected a size such as `64KiB`, `1MiB` or `10MB`' })
    .transform((written, context) => {
      const bytes = parseSize(written);
      if (bytes !== null && bytes >= min && bytes <= max) return bytes;
      const message =
        bytes === null
          ? 'expected a size such as `64KiB`, `1MiB` or `10MB`'
          : `expected a size from ${formatSize(min)} to ${formatSize(max)}`;
      context.addIssue({ code: 'custom', message, params: { problem: 'invalid_size' } satisfies IssueParams });
      return z.NEVER;
    })
    .meta({ 'x-kind': 'size', pattern: '^\\d{1,12}(B|kB|KB|MB|GB|KiB|MiB|GiB)$' });
}

/** The name of an instance, schedule, route or webhook. */
export function name() {
  return matching(NAME, {
    expected: 'a name: a lower-case letter, then at most 63 of [a-z0-9_-]',
    problem: 'invalid_name',
    kind: 'name',
  });
}

/** Text that `pattern` matches whole. */
export function matching(
  pattern: RegExp,
  as: { readonly expected: string; readonly problem: ProblemCode; readonly kind: string },
) {
  return z
    .string({ error: `expected ${as.expected}` })
    .superRefine((written, context) => {
      if (pattern.test(written)) return;
      context.addIssue({
        code: 'custom',
        message: `expected ${as.expected}`,
        params: { problem: as.problem } satisfies IssueParams,
      });
    })
    .meta({ 'x-kind': as.kind, pattern: pattern.source });
}

/** A map with exactly these keys, all others refused. The message of an unknown key's issue is the list of the known ones. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape, expected: string) {
  const known = Object.keys(shape).join(' ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : `expected ${expected}`),
  });
}

/** A list of such values. */
export function listOf<Item extends z.core.SomeType>(item: Item, expected: string) {
  return z.array(item, { error: `expected ${expected}` });
}

/** A map from names (or other keys) to such values. */
export function mapOf<Key extends z.core.$ZodRecordKey, Value extends z.core.SomeType>(
  key: Key,
  value: Value,
  expected: string,
) {
  return z.record(key, value, { error: `expected ${expected}` });
}

/** Any JSON object. */
export function anyMap(expected = 'a map') {
  return z.record(z.string(), z.unknown(), { error: `expected ${expected}` }).meta({ 'x-kind': 'map' });
}
