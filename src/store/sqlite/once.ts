import { OperatorError } from '../../domain/errors.ts';
import type { Once, OnceAnswer } from '../port/desk.ts';
import type { Connection } from './connection.ts';
import { decodeJson } from './job-row.ts';

/** How long a key means the same request, in milliseconds. */
export const KEY_MS = 86_400_000;

export const FORGET_KEY = 'DELETE FROM idempotency_keys WHERE owner = ? AND key = ? AND at <= ?';

export const KEY = 'SELECT request, at, outcome, status, body FROM idempotency_keys WHERE owner = ? AND key = ?';

export const KEEP_OUTCOME = 'INSERT INTO idempotency_keys (owner, key, request, at, outcome) VALUES (?, ?, ?, ?, ?)';

export const KEEP_ANSWER = `
  INSERT INTO idempotency_keys (owner, key, request, at, status, body) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (owner, key) DO UPDATE SET status = excluded.status, body = excluded.body WHERE request = excluded.request`;

interface KeyRow {
  readonly request: string;
  readonly at: number;
  readonly outcome: string | null;
  readonly status: number | null;
  readonly body: string | null;
}

/**
 * Does `work` within the transaction and keeps its outcome under the key, unless that was done before: then the first
 * outcome is told again. What `counts` says no to leaves no trace.
 */
export function once<T>(
  db: Connection,
  key: Once | null | undefined,
  { work, counts = () => true }: { readonly work: () => T; readonly counts?: (outcome: T) => boolean },
): T {
  if (key === null || key === undefined) return work();
  db.run(FORGET_KEY, key.owner, key.key, key.at - KEY_MS);
  const known = db.get<KeyRow>(KEY, key.owner, key.key);
  if (known !== undefined && known.request !== key.request) {
    throw new OperatorError('idempotency_key_reused', 'the Idempotency-Key was used for another request');
  }
  // What was written is what the same command gives.
  if (known !== undefined && known.outcome !== null) return decodeJson(known.outcome) as T;
  const outcome = work();
  if (counts(outcome)) db.run(KEEP_OUTCOME, key.owner, key.key, key.request, key.at, JSON.stringify(outcome));
  return outcome;
}

/** Keeps what was answered to a request, for as long as its key is kept. */
export function keepAnswer(
  db: Connection,
  { key: { owner, key, request, at }, status, body }: { key: Once; status: number; body: string },
): null {
  db.run(KEEP_ANSWER, owner, key, request, at, status, body);
  return null;
}

/** What is remembered under a key; null: nothing, or it is too old. */
export function readOnce(db: Connection, owner: string, key: string, now: number): OnceAnswer | null {
  const row = db.get<KeyRow>(KEY, owner, key);
  if (row === undefined || row.at <= now - KEY_MS) return null;
  const { request, status, body } = row;
  return { request, answer: status === null || body === null ? null : { status, body: decodeJson(body) } };
}
