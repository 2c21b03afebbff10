import { z } from 'zod';
import { describeValue, formatPath, type Path, valueAt } from './config/finding.ts';
import { nearest } from './did-you-mean.ts';

/** Unknown keys that are named of one map; somebody may send a great many. */
const MOST_KEYS = 10;

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'null',
};

/**
 * Checks what people sent against a schema: what the schema makes of it, or a text for each thing that is wrong, in the
 * words of the configuration's errors (`jobs[0].priority: expected a number of at most 100, found the number 101`).
 * Messages that a schema has of its own stay; those that begin with "expected" get what was found instead.
 */
export function checkShape<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
):
  | { readonly ok: true; readonly value: z.output<Schema> }
  | { readonly ok: false; readonly texts: readonly [string, ...string[]] } {
  const result = schema.safeParse(value, { error: expectation });
  if (result.success) return { ok: true, value: result.data };
  const [first = 'expected something else', ...rest] = result.error.issues.flatMap((issue) => issueTexts(issue, value));
  return { ok: false, texts: [first, ...rest] };
}

/** What a schema wants, beginning with "expected"; of unknown keys those that are known, one space between. */
function expectation(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape).join(' ') : '';
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.map((one) => (typeof one === 'string' ? `\`${one}\`` : String(one))).join(' or ')}`;
    case 'too_small':
      return `expected ${sized(issue.origin, `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`)}`;
    case 'too_big':
      return `expected ${sized(issue.origin, `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`)}`;
    default:
      return 'expected something else';
  }
}

function sized(origin: string, bound: string): string {
  const one = bound.endsWith(' 1');
  if (origin === 'string') return `text of ${bound} ${one ? 'character' : 'characters'}`;
  if (origin === 'array') return `a list of ${bound} ${one ? 'entry' : 'entries'}`;
  return `${TYPES[origin] ?? 'a number'} of ${bound}`;
}

function issueTexts(issue: z.core.$ZodIssue, value: unknown): readonly string[] {
  const path: Path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const at = (text: string): string => (path.length === 0 ? text : `${formatPath(path)}: ${text}`);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MOST_KEYS).map((key) => at(unknownKey(key, issue.message.split(' '))));
  }
  const { message } = issue;
  if (!message.startsWith('expected')) return [at(message)];
  const found = valueAt(value, path);
  if (found === undefined) return [at(`${message}, but it is missing`)];
  const counted = Array.isArray(found) && (issue.code === 'too_small' || issue.code === 'too_big');
  return [at(`${message}, found ${counted ? found.length : describeValue(found)}`)];
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  const advice = near === null ? `known here: ${known.join(', ') || 'none'}` : `did you mean "${near}"?`;
  return `unknown key ${describeValue(key)} (${advice})`;
}
