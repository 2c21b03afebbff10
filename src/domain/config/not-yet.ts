import { type Finding, formatPath, type Path, valueAt } from './finding.ts';

interface Entry {
  /** Keys from the top; `*` stands for any. */
  readonly at: string;
  readonly answer: 'refuse' | 'warn';
  /** The values it is about; all when missing. */
  readonly when?: (value: unknown) => boolean;
  /** The same in words. */
  readonly of?: string;
  /** What happens instead. */
  readonly instead: string;
}

/** Settings that are part of the language but that this version does not act on. Remove a line when it does. */
export const NOT_YET: readonly Entry[] = [
  {
    at: 'service.storage',
    answer: 'refuse',
    when: (value) => value !== 'sqlite',
    of: 'anything but `sqlite`',
    instead: 'jobs are kept in a file in the state directory (`sqlite`)',
  },
];

/** A finding for every setting in the tree that this version does not act on. */
export function notYet(tree: unknown): readonly Finding[] {
  return NOT_YET.flatMap((entry) =>
    matches(tree, entry.at.split('.'))
      .filter((path) => isMeant(valueAt(tree, path), entry))
      .map((path) => toFinding(path, entry)),
  );
}

function isMeant(value: unknown, entry: Entry): boolean {
  return value !== undefined && value !== null && (entry.when?.(value) ?? true);
}

function toFinding(path: Path, entry: Entry): Finding {
  return {
    severity: entry.answer === 'refuse' ? 'error' : 'warning',
    code: 'not_supported',
    path,
    at: 'key',
    message: `${formatPath(path)}: this version does not act on it yet`,
    hint: entry.answer === 'refuse' ? `remove it; ${entry.instead}` : entry.instead,
  };
}

function matches(tree: unknown, pattern: readonly string[], path: Path = []): readonly Path[] {
  const [head, ...rest] = pattern;
  if (head === undefined) return [path];
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return [];
  const keys = head === '*' ? Object.keys(tree) : [head];
  return keys.flatMap((key) => matches((tree as Readonly<Record<string, unknown>>)[key], rest, [...path, key]));
}
