import type { z } from 'zod';
import { nearest } from '../did-you-mean.ts';
import { isJsonObject } from '../json.ts';
import type { ProblemCode } from '../problem-codes.ts';
import { describeValue, type Finding, formatPath, type Path, valueAt } from './finding.ts';
import type { IssueParams } from './scalars.ts';

/** A part of a document's tree, with what is known about where its text came from. */
export interface Part {
  readonly value: unknown;
  /** Where the part stands in its document. */
  readonly path: Path;
  /** The scalar as written when it held a `${…}`, so that no secret is shown; `lone` when that was all it held. */
  readonly written: (path: Path) => { readonly text: string; readonly lone: boolean } | null;
  /** A number or boolean as it stands in the file: `1.0`, not `1`. Null for everything else. */
  readonly source: (path: Path) => string | null;
}

/** What decoding a part gives: its value, or all findings. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T; readonly raw: unknown }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/**
 * Decodes a part with a schema. A scalar that was exactly one `${…}` becomes a number or boolean where the schema wants one;
 * `raw` is the part with those put in.
 */
export function decode<Schema extends z.ZodType>(schema: Schema, part: Part): Decoded<z.output<Schema>> {
  const first = schema.safeParse(part.value);
  if (first.success) return { ok: true, value: first.data, raw: part.value };
  const typed = retype(first.error.issues, part);
  const second = typed === null ? first : schema.safeParse(typed);
  if (second.success) return { ok: true, value: second.data, raw: typed };
  const issues = second.error?.issues ?? first.error.issues;
  return { ok: false, findings: issues.flatMap((issue) => toFindings(issue, { ...part, value: typed ?? part.value })) };
}

type Issue = z.core.$ZodIssue;

const SCALARS: Readonly<Record<string, boolean>> = {
  true: true,
  True: true,
  TRUE: true,
  false: false,
  False: false,
  FALSE: false,
};
const NUMBER = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;

/** The part with interpolated scalars turned into what the schema asked for, or null when there are none. */
function retype(issues: readonly Issue[], part: Part): unknown {
  const paths = flatten(issues)
    .filter((issue) => issue.code === 'invalid_type' || issue.code === 'invalid_value')
    .map((issue) => toPath(issue.path))
    .filter((path) => part.written([...part.path, ...path])?.lone === true);
  let value = part.value;
  let changed = false;
  for (const path of paths) {
    const text = valueAt(value, path);
    if (typeof text !== 'string') continue;
    const scalar = SCALARS[text] ?? (NUMBER.test(text) ? Number(text) : null);
    if (scalar === null) continue;
    value = replaceAt(value, path, scalar);
    changed = true;
  }
  return changed ? value : null;
}

/** The issues with those inside unions, whose paths start at the union. */
function flatten(issues: readonly Issue[], prefix: readonly PropertyKey[] = []): readonly Issue[] {
  return issues.flatMap((issue) => {
    const placed = { ...issue, path: [...prefix, ...issue.path] };
    if (issue.code !== 'invalid_union') return [placed];
    return [placed, ...issue.errors.flatMap((branch) => flatten(branch, placed.path))];
  });
}

function replaceAt(value: unknown, path: Path, leaf: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return leaf;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === head ? replaceAt(item, rest, leaf) : item));
  const map = value as Readonly<Record<string, unknown>>;
  return { ...map, [head]: replaceAt(map[head], rest, leaf) };
}

function toPath(path: readonly PropertyKey[]): Path {
  return path.map((part) => (typeof part === 'number' ? part : String(part)));
}

function toFindings(issue: Issue, part: Part): readonly Finding[] {
  if (issue.code === 'invalid_union') return unionFindings(issue, part);
  const inner = toPath(issue.path);
  const path = [...part.path, ...inner];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, issue.message));
  if (issue.code === 'invalid_key') {
    const key = inner.at(-1) ?? '';
    const cause = issue.issues[0];
    return [
      finding({
        code: paramsOf(cause)?.problem ?? 'invalid_name',
        path,
        at: 'key',
        message: `${cause?.message ?? issue.message}, found ${describeValue(key)}`,
      }),
    ];
  }
  const value = valueAt(part.value, inner);
  if (value === undefined) return [missingKey(path, issue.message)];
  const params = paramsOf(issue);
  const written = part.written(path);
  const source = part.source(path) ?? String(value);
  const found = written === null ? describeValue(value, source) : describeValue(written.text);
  const message = issue.message.startsWith('expected') ? `${issue.message}, found ${found}` : issue.message;
  return [
    finding({
      code: params?.problem ?? codeOf(issue, value),
      path,
      at: 'value',
      message,
      hint: params?.hint ?? hintFor(issue, value, source),
    }),
  ];
}

/** The findings of the branch that the value was most likely meant for. */
function unionFindings(issue: z.core.$ZodIssueInvalidUnion, part: Part): readonly Finding[] {
  const meant = issue.errors.filter((branch) => !isOfAnotherKind(branch)).toSorted((a, b) => a.length - b.length)[0];
  if (meant !== undefined) {
    return meant.flatMap((inner) => toFindings({ ...inner, path: [...issue.path, ...inner.path] } as Issue, part));
  }
  return toFindings({ ...issue, code: 'invalid_type', expected: 'unknown' } as unknown as Issue, part);
}

/** True when the value is not even of the type that a branch wants. */
function isOfAnotherKind(branch: readonly Issue[]): boolean {
  return branch.some(({ path, ...issue }) => {
    if (path.length > 0) return false;
    return issue.code === 'invalid_type' || (issue.code === 'invalid_union' && issue.errors.every(isOfAnotherKind));
  });
}

function paramsOf(issue: Issue | undefined): IssueParams | null {
  return issue?.code === 'custom' && issue.params?.problem !== undefined
    ? (issue.params as unknown as IssueParams)
    : null;
}

function codeOf(issue: Issue, value: unknown): ProblemCode {
  if (issue.code === 'invalid_type') return 'wrong_type';
  return issue.code === 'invalid_value' && typeof value !== 'string' ? 'wrong_type' : 'invalid_value';
}

function hintFor(issue: Issue, value: unknown, source: string): string | null {
  if (issue.code === 'invalid_value' && typeof value === 'string') return suggest(value, issue.values.map(String));
  if (issue.code !== 'invalid_type') return null;
  if (typeof value === 'number' && issue.message.includes('a duration')) return `write a unit, such as "${value}s"`;
  if (typeof value === 'number' && issue.message.includes('a size')) return `write a unit, such as "${value}KiB"`;
  if (typeof value === 'number' && issue.message.includes('an address and port'))
    return `write an address before it, such as "127.0.0.1:${source}"`;
  if (typeof value === 'string' && issue.expected === 'boolean') return hintForBoolean(value);
  if (Array.isArray(value) && issue.message.startsWith('expected a map'))
    return 'write `key: value` without the dash before it';
  if (isJsonObject(value) && issue.message.startsWith('expected a list')) return 'begin each entry with a dash, `- `';
  if (issue.expected !== 'string' || !isScalar(value)) return null;
  return issue.message.startsWith('expected') ? `put it in quotes: "${source}"` : 'put it in quotes';
}

/** What YAML 1.1 took for true and false is text in YAML 1.2. */
function hintForBoolean(word: string): string | null {
  if (/^(y|yes|on|true)$/i.test(word)) return 'write true';
  return /^(n|no|off|false)$/i.test(word) ? 'write false' : null;
}

function suggest(word: string, words: readonly string[]): string | null {
  const near = nearest(word, words) ?? words.find((one) => word.startsWith(one));
  return near == null ? null : `did you mean "${near}"?`;
}

function isScalar(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

function unknownKey(key: string, parent: Path, known: string): Finding {
  const near = nearest(key, known.split(' '));
  const where = parent.length === 0 ? 'at the top of the configuration' : `in ${formatPath(parent)}`;
  return finding({
    code: 'unknown_key',
    path: [...parent, key],
    at: 'key',
    message: `unknown key ${describeValue(key)} ${where}`,
    hint: near === null ? hintForKey(key, known) : `did you mean "${near}"?`,
    bare: true,
  });
}

function hintForKey(key: string, known: string): string {
  if (key === '<<') return 'merge keys are not part of YAML 1.2; write the keys out, or use `defaults`';
  return `known here: ${known.split(' ').join(', ')}`;
}

function missingKey(path: Path, message: string): Finding {
  const parent = path.slice(0, -1);
  const where = parent.length === 0 ? 'the configuration' : formatPath(parent);
  return finding({
    code: 'missing_key',
    path: parent,
    at: 'key',
    message: `${where} lacks the key "${String(path.at(-1))}": ${message}`,
    hint: null,
    bare: true,
  });
}

function finding(of: {
  readonly code: ProblemCode;
  readonly path: Path;
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly hint?: string | null;
  /** True: the message names the place by itself. */
  readonly bare?: boolean;
}): Finding {
  const message = of.bare === true || of.path.length === 0 ? of.message : `${formatPath(of.path)}: ${of.message}`;
  return { severity: 'error', code: of.code, path: of.path, at: of.at, message, hint: of.hint ?? null };
}
