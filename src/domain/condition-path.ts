import type { ASTNode } from '@marcbachmann/cel-js';
import { isJsonObject, type Json } from './json.ts';

/** Keys and positions from the values of an expression to something inside them. */
export type Path = readonly (string | number)[];

/** The path as it is written in an expression: `payload.items[0].name`. */
export function formatPath(path: Path): string {
  return path.map((part, index) => formatPart(part, index === 0)).join('');
}

function formatPart(part: string | number, first: boolean): string {
  if (typeof part === 'number') return `[${part}]`;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(part)) return `[${JSON.stringify(part)}]`;
  return first ? part : `.${part}`;
}

/** What lies at the end of the path, or undefined when a step of it is missing. */
export function resolve(path: Path, values: Readonly<Record<string, Json>>): Json | undefined {
  let current: Json | undefined = values;
  for (const part of path) {
    if (Array.isArray(current)) current = (current as readonly Json[])[Number(part)];
    else if (isJsonObject(current) && Object.hasOwn(current, part)) current = current[part];
    else return undefined;
  }
  return current;
}

/** The constant path that a node names, or null when it is anything but names, members and constant positions. */
export function pathOf(node: ASTNode): Path | null {
  if (node.op === 'id') return [node.args];
  if (node.op !== '.' && node.op !== '[]') return null;
  const base = pathOf(node.args[0]);
  const part = node.op === '.' ? node.args[1] : constantOf(node.args[1]);
  return base === null || part === null ? null : [...base, part];
}

function constantOf(node: ASTNode): string | number | null {
  if (node.op !== 'value') return null;
  if (typeof node.args === 'bigint') return Number(node.args);
  return typeof node.args === 'string' || typeof node.args === 'number' ? node.args : null;
}
