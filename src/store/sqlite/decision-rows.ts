import type { Decision, DecisionCode } from '../../domain/decision.ts';
import type { StoredDecision } from '../port/decisions.ts';
import type { Connection } from './connection.ts';
import { decodeJson } from './job-row.ts';
import { OR_ROLLBACK } from './or-rollback.ts';

/** Records a decision; a repeat of its key counts and shows what it saw last. */
export const INSERT_DECISION = `
  INSERT ${OR_ROLLBACK} INTO decisions (code, first_at, last_at, count, text, job_id, event_id, instance, schedule, route, collapse_key, value)
  VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (collapse_key) WHERE collapse_key IS NOT NULL DO UPDATE SET
    code = excluded.code, last_at = max(last_at, excluded.last_at), count = count + 1, text = excluded.text, job_id = excluded.job_id,
    event_id = excluded.event_id, instance = excluded.instance, schedule = excluded.schedule, route = excluded.route, value = excluded.value`;

/** The columns of `decisions` that a `DecisionRow` has. */
export const DECISION_COLUMNS =
  'seq, code, first_at, last_at, count, text, job_id, event_id, instance, schedule, route, collapse_key, value';

/** A row of `decisions` as SQLite gives it. */
export interface DecisionRow {
  readonly seq: number;
  readonly code: DecisionCode;
  readonly first_at: number;
  readonly last_at: number;
  readonly count: number;
  readonly text: string;
  readonly job_id: string | null;
  readonly event_id: string | null;
  readonly instance: string | null;
  readonly schedule: string | null;
  readonly route: string | null;
  readonly collapse_key: string | null;
  readonly value: string;
}

/** Records decisions within the transaction. */
export function recordDecisions(db: Connection, decisions: readonly Decision[]): void {
  for (const decision of decisions) {
    db.insert(
      INSERT_DECISION,
      decision.code,
      decision.at,
      decision.at,
      decision.text,
      decision.jobId,
      decision.eventId,
      decision.instance,
      decision.schedule,
      decision.route,
      decision.collapseKey,
      JSON.stringify(decision.values),
    );
    db.tellMeter((meter) => meter.decided(decision.code));
  }
}

/** A stored decision from its row; `at` is when it was made last. */
export function decisionOf(row: DecisionRow): StoredDecision {
  return {
    code: row.code,
    at: row.last_at,
    text: row.text,
    jobId: row.job_id,
    eventId: row.event_id,
    instance: row.instance,
    schedule: row.schedule,
    route: row.route,
    values: decodeJson(row.value),
    collapseKey: row.collapse_key,
    count: row.count,
    firstAt: row.first_at,
    lastAt: row.last_at,
  };
}
