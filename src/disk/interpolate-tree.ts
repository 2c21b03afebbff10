import type { Path } from '../domain/config/finding.ts';
import type { Problem } from '../domain/errors.ts';
import { interpolate, type Piece, type Reference, type Sources } from './interpolate.ts';
import type { YamlDocument } from './read-yaml.ts';

/** A scalar with a `${…}`: as written, whether it is nothing else, and what it was made of. */
interface Written {
  readonly text: string;
  readonly lone: boolean;
  readonly pieces: readonly Piece[];
}

/** A document's tree with every `${…}` filled in. */
export interface InterpolatedTree {
  readonly tree: unknown;
  readonly problems: readonly Problem[];
  /** What the `${…}` of the scalar at this path stand for. */
  readonly references: (path: Path) => readonly Reference[];
  /** Values to be masked. */
  readonly secrets: readonly string[];
  /** A scalar as written when it held a `${…}`; null otherwise. */
  readonly written: (path: Path) => Written | null;
  /** True when the scalar at this path could not be filled in; what else is wrong with it follows from that. */
  readonly failed: (path: Path) => boolean;
}

/** Fills in the scalars of a document; keys stay as they are. */
export function interpolateTree(document: YamlDocument, sources: Sources): InterpolatedTree {
  const problems: Problem[] = [];
  const secrets = new Set<string>();
  const written = new Map<string, Written>();
  const references = new Map<string, readonly Reference[]>();
  const failed = new Set<string>();

  function fillScalar(text: string, path: Path): string {
    const filled = interpolate(text, sources);
    if (!filled.changed) return text;
    const key = JSON.stringify(path);
    written.set(key, { text, lone: filled.lone, pieces: filled.pieces });
    references.set(key, filled.references);
    for (const { masked, value } of filled.references) if (masked) secrets.add(value);
    for (const { snippet, ...problem } of filled.problems) {
      if (problem.severity === 'error') failed.add(key);
      problems.push({ ...problem, location: document.locate(path, 'value', { text: snippet, offset: 0 }) });
    }
    return filled.text;
  }

  function fill(value: unknown, path: Path): unknown {
    if (typeof value === 'string') return value.includes('$') ? fillScalar(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])]));
  }

  return {
    tree: fill(document.tree, []),
    problems,
    secrets: [...secrets],
    references: (path) => references.get(JSON.stringify(path)) ?? [],
    written: (path) => written.get(JSON.stringify(path)) ?? null,
    failed: (path) => failed.has(JSON.stringify(path)),
  };
}
