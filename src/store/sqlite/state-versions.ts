import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { Connection } from './connection.ts';
import { decodeJson } from './job-row.ts';

export const CURRENT_STATE =
  'SELECT version, value FROM state_versions WHERE instance = ? ORDER BY version DESC LIMIT 1';

export const INSERT_STATE =
  'INSERT INTO state_versions (instance, version, at, job_id, attempt, value) VALUES (?, ?, ?, ?, ?, ?)';

/** An instance's state; version 0 before its first change. */
export interface StateVersion {
  readonly value: JsonObject;
  readonly version: number;
}

/** What a patch leads to: a text to store, or that nothing changes, or that the limit forbids it. */
export type Patched =
  | { readonly kind: 'changed'; readonly version: number; readonly text: string }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'too_large'; readonly bytes: number };

/** The present state of an instance. */
export function currentState(db: Connection, instance: string): StateVersion {
  const row = db.get<{ version: number; value: string }>(CURRENT_STATE, instance);
  if (row === undefined) return { value: {}, version: 0 };
  const value = decodeJson(row.value);
  return { value: isJsonObject(value) ? value : {}, version: row.version };
}

/** The present state with `patch` merged shallowly into it; null removes a key. */
export function patchState(db: Connection, instance: string, patch: JsonObject, limitBytes: number): Patched {
  const { value: before, version } = currentState(db, instance);
  // Entries, not assignments: a key may be `__proto__`.
  const removed = (key: string): boolean => Object.hasOwn(patch, key) && patch[key] === null;
  const merged = [...Object.entries(before), ...Object.entries(patch)];
  const after = Object.fromEntries(merged.filter(([key]) => !removed(key)));
  if (isDeepStrictEqual(before, after)) return { kind: 'unchanged' };
  const text = JSON.stringify(after);
  const bytes = Buffer.byteLength(text);
  return bytes > limitBytes ? { kind: 'too_large', bytes } : { kind: 'changed', version: version + 1, text };
}
