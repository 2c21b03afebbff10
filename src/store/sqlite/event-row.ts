import type { Event } from '../../domain/event.ts';
import { decodeJson } from './job-row.ts';

/** Its own, or the body of the delivery that holds it. */
export const EVENT_PAYLOAD = `iif(events.delivery_seq IS NULL, events.payload,
  (SELECT CAST(body AS TEXT) FROM deliveries WHERE deliveries.seq = events.delivery_seq))`;

/** The columns of `events` that an `EventRow` has. */
export const EVENT_COLUMNS = `seq, id, source, type, occurred_at, created_at, dedupe_key, job_id, attempt, root_job_id, depth, from_core,
  ${EVENT_PAYLOAD} AS payload`;

/** A row of `events` as SQLite gives it. */
export interface EventRow {
  readonly seq: number;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly occurred_at: number;
  readonly created_at: number;
  readonly dedupe_key: string | null;
  readonly job_id: string | null;
  readonly attempt: number | null;
  readonly root_job_id: string | null;
  readonly depth: number;
  readonly from_core: 0 | 1;
  readonly payload: string;
}

/** An event from its row. */
export function eventOf(row: EventRow): Event {
  return {
    id: row.id,
    source: row.source,
    type: row.type,
    payload: decodeJson(row.payload),
    occurredAt: row.occurred_at,
    createdAt: row.created_at,
    dedupeKey: row.dedupe_key,
    jobId: row.job_id,
    attempt: row.attempt,
    rootJobId: row.root_job_id,
    depth: row.depth,
    fromCore: row.from_core === 1,
  };
}
