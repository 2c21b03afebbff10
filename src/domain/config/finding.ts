import type { ProblemCode } from '../problem-codes.ts';

/** Keys and list indexes from the top of a document down to one node. */
export type Path = readonly (string | number)[];

/** A problem whose place is still a path into its document. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: ProblemCode;
  readonly path: Path;
  /** Whether the key at the end of the path is meant, or its value. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly hint: string | null;
}

/** `plugins.backup.schedules[0].cron`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const plain = /^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part.slice(0, 80));
    return text === '' ? plain : `${text}.${plain}`;
  }, '');
}

/** The value at a path of a tree, or undefined. */
export function valueAt(tree: unknown, path: Path): unknown {
  let value = tree;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

const SHOWN = 80;

/** How a value is named in a message: `"text"`, `the number 5`, `a list`; a number or boolean by its source, when that is known. */
export function describeValue(value: unknown, source?: string): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);
  if (typeof value === 'number') return `the number ${source ?? value}`;
  if (typeof value === 'boolean') return source ?? String(value);
  return 'a map';
}
