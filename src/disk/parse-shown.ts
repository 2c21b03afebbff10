import { parse } from 'yaml';
import type { Json } from '../domain/json.ts';

/** The tree of a configuration that was kept as text (`ShownConfig`); `{}` when it cannot be read. */
export function parseShown(text: string): Json {
  try {
    const tree: Json = parse(text, { maxAliasCount: 0 }) ?? {};
    return tree;
  } catch {
    return {};
  }
}
