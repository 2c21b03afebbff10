import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import { describeValue } from '../domain/config/finding.ts';
import type { Location } from '../domain/errors.ts';
import type { ProblemCode } from '../domain/problem-codes.ts';

const MAX_NODES = 100_000;
const MAX_DEPTH = 64;
const MAX_ALIASES = 1_000;
const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Takes a problem at an offset of the text. */
export type Report = (code: ProblemCode, message: string, offset: number, hint: string | null) => void;

/** Plain data of a node; what cannot be plain data is reported. */
export function toTree(
  root: Node,
  document: Document.Parsed | undefined,
  report: Report,
  place: (offset: number) => Location,
): unknown {
  let nodes = 0;
  let aliases = 0;
  let tooLarge = false;
  const offsetOf = (node: Node): number => node.range?.[0] ?? 0;

  function giveUp(node: Node, message: string): null {
    if (!tooLarge)
      report(
        'yaml_syntax',
        message,
        offsetOf(node),
        'write less at one place; large data belongs into files of its own',
      );
    tooLarge = true;
    return null;
  }

  function convert(node: Node | null, depth: number): unknown {
    if (node === null || tooLarge) return null;
    nodes += 1;
    if (nodes > MAX_NODES)
      return giveUp(node, `the document has more than ${MAX_NODES} nodes once its aliases are filled in`);
    if (depth > MAX_DEPTH) return giveUp(node, `the document is nested more than ${MAX_DEPTH} levels deep`);
    if (isAlias(node)) return convertAlias(node, depth);
    if (isMap<Node, Node | null>(node)) return convertMap(node, depth);
    if (isSeq<Node>(node)) return node.items.map((item) => convert(item, depth + 1));
    return isScalar(node) ? convertScalar(node) : null;
  }

  function convertAlias(alias: Alias, depth: number): unknown {
    aliases += 1;
    if (aliases > MAX_ALIASES)
      return giveUp(alias, `the document has more than ${MAX_ALIASES} aliases once they are filled in`);
    const target = document === undefined ? undefined : alias.resolve(document);
    if (target !== undefined) return convert(target, depth + 1);
    report(
      'yaml_syntax',
      `the alias "*${alias.source}" has no anchor "&${alias.source}" before it`,
      offsetOf(alias),
      null,
    );
    return null;
  }

  function convertMap(map: YAMLMap<Node, Node | null>, depth: number): unknown {
    const result: Record<string, unknown> = {};
    const seen = new Map<string, Node>();
    for (const { key: node, value } of map.items) {
      const key = keyText(node);
      if (key === null) {
        report('wrong_type', 'expected a key that is text, found a list or map', offsetOf(node), null);
        continue;
      }
      const first = seen.get(key);
      if (first !== undefined) {
        const line = place(offsetOf(first)).line;
        report(
          'yaml_duplicate_key',
          `the key ${describeValue(key)} stands twice in this map; first in line ${line}`,
          offsetOf(node),
          'keep one of them',
        );
        continue;
      }
      seen.set(key, node);
      if (REFUSED_KEYS.has(key))
        report('invalid_name', `the key "${key}" is not allowed anywhere`, offsetOf(node), 'choose another name');
      else result[key] = convert(value, depth + 1);
    }
    return result;
  }

  function convertScalar(scalar: Scalar): unknown {
    const { value, source } = scalar;
    if (typeof value === 'number') {
      if (!Number.isFinite(value))
        report('invalid_value', `the number ${source} cannot be written as JSON`, offsetOf(scalar), null);
      else if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(source ?? '')) {
        report(
          'invalid_value',
          `the number ${source} is too large to be kept exactly`,
          offsetOf(scalar),
          `put it in quotes: "${source}"`,
        );
      }
    }
    return value ?? null;
  }

  return convert(root, 0);
}

/** A key as text; numbers and the like as they were written. */
export function keyText(node: Node | null): string | null {
  if (node === null) return '';
  if (!isScalar(node)) return null;
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value ?? ''));
}
