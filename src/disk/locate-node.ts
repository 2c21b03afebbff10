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
    let key: Node | null = null;
    let value: Node | null = root;
    for (const part of path) {
      const from: Node | null = isAlias(value) && document !== undefined ? (value.resolve(document) ?? null) : value;
      if (isMap<Node, Node | null>(from)) {
        const pair = from.items.find((item) => keyText(item.key) === part);
        if (pair === undefined) break;
        [key, value] = [pair.key, pair.value];
      } else if (isSeq<Node>(from) && from.items[Number(part)] !== undefined) {
        [key, value] = [null, from.items[Number(part)] ?? null];
      } else break;
    }
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

function isBlock(node: Node | null): boolean {
  return isCollection(node) && node.flow !== true;
}

function isEmptyScalar(node: Node | null): boolean {
  return isScalar(node) && node.range !== null && node.range !== undefined && node.range[0] === node.range[1];
}
