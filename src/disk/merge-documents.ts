import type { Path } from '../domain/config/finding.ts';
import type { Location, Problem } from '../domain/errors.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import type { InterpolatedTree } from './interpolate-tree.ts';
import type { YamlDocument } from './read-yaml.ts';

/** One file of a configuration, its `${…}` filled in. */
export interface ConfigDocument {
  readonly document: YamlDocument;
  readonly filled: InterpolatedTree;
  /** What it adds to the whole: everything but its `include`. */
  readonly tree: JsonObject;
  /** Absolute path of the folder that its relative paths start at. */
  readonly directory: string;
}

/** Where a part of the whole comes from: a document, and the path in it. */
export interface Origin {
  readonly source: ConfigDocument;
  readonly path: Path;
}

/** Several documents as one. */
export interface MergedDocuments {
  readonly tree: JsonObject;
  /** A `set_twice` for every leaf that two documents set. */
  readonly problems: readonly Problem[];
  /** The origin of what stands at a path, or of the nearest above it. */
  readonly originOf: (path: Path) => Origin;
}

/** Lists whose entries are independent of each other, so that files can each add some. */
const JOINED: ReadonlySet<string> = new Set(['routes', 'webhooks.endpoints', 'expect']);

interface Part extends Origin {
  readonly value: unknown;
}

interface Merged {
  readonly value: unknown;
  readonly origin: Origin;
  /** Of a map or list that several documents share. */
  readonly children: ReadonlyMap<string | number, Merged> | null;
}

/** Merges maps key by key and joins the lists of routes, endpoints and expectations; the first document sets what two of them set. */
export function mergeDocuments(documents: readonly [ConfigDocument, ...ConfigDocument[]]): MergedDocuments {
  const problems: Problem[] = [];
  const [main] = documents;
  const merged = merge(
    documents.map((source) => ({ source, path: [], value: source.tree })),
    problems,
  );
  return {
    tree: isJsonObject(merged?.value) ? merged.value : {},
    problems,
    originOf: (path) => (merged === null ? { source: main, path } : originIn(merged, path)),
  };
}

function merge(parts: readonly Part[], problems: Problem[]): Merged | null {
  // A section that one file leaves empty says nothing about what others put into it.
  const said = parts.filter(({ value }) => value !== null);
  const [first, second] = said.length > 0 ? said : parts;
  if (first === undefined) return null;
  const origin = { source: first.source, path: first.path };
  if (second === undefined || said.length < 2) return { value: first.value, origin, children: null };
  if (said.every(({ value }) => isJsonObject(value))) return mergeMaps(said, { origin, problems });
  if (JOINED.has(first.path.join('.')) && said.every(({ value }) => Array.isArray(value))) return join(said, origin);
  for (const other of said.slice(1)) problems.push(setTwice(first, other));
  return { value: first.value, origin, children: null };
}

function mergeMaps(
  parts: readonly Part[],
  { origin, problems }: { readonly origin: Origin; readonly problems: Problem[] },
): Merged {
  const keys = new Set(parts.flatMap(({ value }) => (isJsonObject(value) ? Object.keys(value) : [])));
  const children = new Map<string, Merged>();
  for (const key of keys) {
    const having = parts.flatMap(({ source, path, value }) =>
      isJsonObject(value) && Object.hasOwn(value, key) ? [{ source, path: [...path, key], value: value[key] }] : [],
    );
    const merged = merge(having, problems);
    if (merged !== null) children.set(key, merged);
  }
  const value = Object.fromEntries([...children].map(([key, child]) => [key, child.value]));
  return { value, origin, children };
}

function join(parts: readonly Part[], origin: Origin): Merged {
  const entries = parts.flatMap(({ source, path, value }) =>
    (Array.isArray(value) ? value : []).map(
      (entry: unknown, index): Merged => ({
        value: entry,
        origin: { source, path: [...path, index] },
        children: null,
      }),
    ),
  );
  return { value: entries.map(({ value }) => value), origin, children: new Map(entries.entries()) };
}

function setTwice(first: Part, other: Part): Problem {
  const place = placeOf(first);
  return {
    severity: 'error',
    code: 'set_twice',
    message: `${other.path.join('.')} is set here and in ${place.file}:${place.line}:${place.column}`,
    location: placeOf(other),
    hint: 'keep one of them',
  };
}

function placeOf({ source, path }: Origin): Location {
  return source.document.locate(path, 'key');
}

function originIn(merged: Merged, path: Path): Origin {
  const [head, ...rest] = path;
  const child = head === undefined ? undefined : merged.children?.get(head);
  if (child !== undefined) return originIn(child, rest);
  return { source: merged.origin.source, path: [...merged.origin.path, ...path] };
}
