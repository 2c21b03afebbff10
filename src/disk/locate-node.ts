import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Path } from '../domain/config/finding.ts';
import type { Location } from '../domain/errors.ts';
import { keyText } from './yaml-tree.ts';

/** Place of the nearest node to `path` that exists: its key, or its value, or an offset in a text that stands in it verbatim. */
export type Locate = (
  path: Path,
  at: 'key' | 'value',
  within?: { readonly text: string; readonly offset: number },
) => Location;

/** Finds places in a parsed document; `place` turns an offset of the text into one. */
export function locator(
  root: Node | null,
  document: Document.Parsed | undefined,
  place: (offset: number) => Location,
  text: string,
): Locate {
  return (path, at, within) => {
    const { key, value } = find(path, root, document);
    const start = value?.range?.[0] ?? null;
    // A block map or list begins at its first entry, lines below the key that readers look for.
    const atKey = key !== null && (at === 'key' || start === null || isBlock(value) || isEmptyScalar(value));
    if (atKey) return place(key?.range?.[0] ?? 0);
    if (within !== undefined && start !== null) {
      const offset = text.indexOf(within.text, start);
      if (offset !== -1 && offset < (value?.range?.[1] ?? 0)) return place(offset + within.offset);
    }
    return place(start ?? 0);
  };
}

/** The number or boolean at a path as it stands in the file, `1.0` or `0x1F`; null for everything else. */
export type SourceOf = (path: Path) => string | null;

/** Sources longer than this are of no use to readers. */
const LONGEST_SOURCE = 80;

/** Finds the source of numbers and booleans in a parsed document. */
export function sourceReader(root: Node | null, document: Document.Parsed | undefined): SourceOf {
  return (path) => {
    const found = find(path, root, document);
    const node = resolve(found.value, document);
    if (found.rest > 0 || !isScalar(node) || typeof node.value === 'string' || node.value === null) return null;
    return node.source === undefined || node.source.length > LONGEST_SOURCE ? null : node.source;
  };
}

/** The node at a path, or the nearest above it, with its key; `rest` is how many parts of the path are left then. */
function find(
  path: Path,
  root: Node | null,
  document: Document.Parsed | undefined,
): { readonly key: Node | null; readonly value: Node | null; readonly rest: number } {
  let key: Node | null = null;
  let value: Node | null = root;
  for (const [depth, part] of path.entries()) {
    const from = resolve(value, document);
    if (isMap<Node, Node | null>(from)) {
      const pair = from.items.find((item) => keyText(item.key) === part);
      if (pair === undefined) return { key, value, rest: path.length - depth };
      [key, value] = [pair.key, pair.value];
    } else if (isSeq<Node>(from) && from.items[Number(part)] !== undefined) {
      [key, value] = [null, from.items[Number(part)] ?? null];
    } else return { key, value, rest: path.length - depth };
  }
  return { key, value, rest: 0 };
}

function resolve(node: Node | null, document: Document.Parsed | undefined): Node | null {
  return isAlias(node) && document !== undefined ? (node.resolve(document) ?? null) : node;
}

function isBlock(node: Node | null): boolean {
  return isCollection(node) && node.flow !== true;
}

function isEmptyScalar(node: Node | null): boolean {
  return isScalar(node) && node.range !== null && node.range !== undefined && node.range[0] === node.range[1];
}
