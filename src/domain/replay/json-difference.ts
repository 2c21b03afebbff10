import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { type JsonPath, jsonPointer } from '../json-pointer.ts';

/** A place where two JSON values differ; `path` is a JSON pointer. `before` is missing where it was added, `after` where it was removed. */
export interface JsonDifference {
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before?: Json;
  readonly after?: Json;
}

/** Every place where two values differ, in the order of the old one, what is new last. Lists are compared by index. */
export function diffJson(before: Json, after: Json, path: JsonPath = []): readonly JsonDifference[] {
  if (isJsonObject(before) && isJsonObject(after)) return diffObjects(before, after, path);
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after, path);
  return isSame(before, after) ? [] : [{ path: jsonPointer(path), kind: 'changed', before, after }];
}

function diffObjects(before: JsonObject, after: JsonObject, path: JsonPath): readonly JsonDifference[] {
  const old = Object.keys(before).flatMap((key) =>
    Object.hasOwn(after, key)
      ? diffJson(before[key] ?? null, after[key] ?? null, [...path, key])
      : [removed([...path, key], before[key] ?? null)],
  );
  const fresh = Object.keys(after).filter((key) => !Object.hasOwn(before, key));
  return [...old, ...fresh.map((key) => added([...path, key], after[key] ?? null))];
}

function diffLists(before: readonly Json[], after: readonly Json[], path: JsonPath): readonly JsonDifference[] {
  const shared = Math.min(before.length, after.length);
  return [
    ...before.slice(0, shared).flatMap((item, index) => diffJson(item, after[index] ?? null, [...path, index])),
    ...before.slice(shared).map((item, index) => removed([...path, shared + index], item)),
    ...after.slice(shared).map((item, index) => added([...path, shared + index], item)),
  ];
}

/** A place that only the old value has. */
export function removed(path: JsonPath, before: Json): JsonDifference {
  return { path: jsonPointer(path), kind: 'removed', before };
}

/** A place that only the new value has. */
export function added(path: JsonPath, after: Json): JsonDifference {
  return { path: jsonPointer(path), kind: 'added', after };
}

/** Two values of which at least one is a scalar, or of two kinds. */
function isSame(before: Json, after: Json): boolean {
  return before === after;
}
