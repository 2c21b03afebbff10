import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type * as port from '../port/instances.ts';
import type { Connection } from './connection.ts';
import { decodeJson } from './job-row.ts';

export const CURRENT_STATE =
  'SELECT version, value FROM state_versions WHERE instance = ? ORDER BY version DESC LIMIT 1';

const STATE_VERSION = `
  SELECT version, at, job_id, value FROM state_versions WHERE instance = ?1 AND (?2 IS NULL OR version = ?2)
  ORDER BY version DESC LIMIT 1`;

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
  const { value: before } = currentState(db, instance);
  // Entries, not assignments: a key may be `__proto__`.
  const removed = (key: string): boolean => Object.hasOwn(patch, key) && patch[key] === null;
  const merged = [...Object.entries(before), ...Object.entries(patch)];
  const after = Object.fromEntries(merged.filter(([key]) => !removed(key)));
  return replaceState(db, { instance, value: after, limitBytes }).patched;
}

/** The present state replaced by `value`; `before` is the version it has now. */
export function replaceState(
  db: Connection,
  {
    instance,
    value,
    limitBytes,
  }: { readonly instance: string; readonly value: JsonObject; readonly limitBytes: number },
): { readonly patched: Patched; readonly before: number } {
  const { value: present, version: before } = currentState(db, instance);
  if (isDeepStrictEqual(present, value)) return { patched: { kind: 'unchanged' }, before };
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  const patched: Patched =
    bytes > limitBytes ? { kind: 'too_large', bytes } : { kind: 'changed', version: before + 1, text };
  return { patched, before };
}

/** One version of an instance's state, null for the latest; null when it is not kept. */
export function readStateVersion(db: Connection, instance: string, version: number | null): port.StateVersion | null {
  const row = db.get<{ version: number; at: number; job_id: string; value: string }>(STATE_VERSION, instance, version);
  if (row === undefined) {
    return version === null || version === 0 ? { value: {}, version: 0, at: null, jobId: null } : null;
  }
  const value = decodeJson(row.value);
  const jobId = row.job_id === '' ? null : row.job_id;
  return { value: isJsonObject(value) ? value : {}, version: row.version, at: row.at, jobId };
}
