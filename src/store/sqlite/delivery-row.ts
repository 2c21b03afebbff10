import type { JobStatus } from '../../domain/job.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { BodyFormat } from '../../domain/webhook/endpoint.ts';
import type { PassedDelivery } from '../../domain/webhook/passed-delivery.ts';
import type { DeliverySummary, StoredDelivery } from '../port/deliveries.ts';
import type { Connection } from './connection.ts';
import { decodeJson, type JobRow } from './job-row.ts';

/** What lists show of a delivery, from `deliveries AS d` with `REPEATS_AND_JOB`. */
export const SUMMARY_COLUMNS = `d.seq, d.id, d.endpoint, d.received_at, d.remote, d.sender_id, d.job_id, d.event_id, jobs.status,
  length(d.body) AS body_bytes, coalesce(r.count, 0) AS repeats, r.last_at AS last_repeat_at`;

/** What stands apart of a delivery, to be joined to `deliveries AS d`. */
export const REPEATS_AND_JOB = `
  LEFT JOIN delivery_repeats AS r ON r.delivery_seq = d.seq
  LEFT JOIN jobs ON jobs.id = d.job_id`;

/** The body is read only where the plugin is passed it. */
export const DELIVERY_OF_JOB = `
  SELECT endpoint, headers, query, CASE passes_body WHEN 1 THEN body END AS body FROM deliveries INDEXED BY deliveries_by_job
  WHERE job_id = ? AND job_id IS NOT NULL ORDER BY seq LIMIT 1`;

/** The same for a job that runs another one again, by its row. */
export const DELIVERY_OF_REPLAY = `
  SELECT endpoint, headers, query, CASE passes_body WHEN 1 THEN body END AS body FROM replays
  CROSS JOIN deliveries ON deliveries.seq = replays.delivery_seq WHERE replays.job_seq = ?`;

/** A row of a list of deliveries as SQLite gives it. */
export interface DeliverySummaryRow {
  readonly seq: number;
  readonly id: string;
  readonly endpoint: string;
  readonly received_at: number;
  readonly remote: string;
  readonly sender_id: string | null;
  readonly job_id: string | null;
  readonly event_id: string | null;
  readonly status: JobStatus | null;
  readonly body_bytes: number;
  readonly repeats: number;
  readonly last_repeat_at: number | null;
}

/** A whole delivery as SQLite gives it. */
export interface DeliveryRow extends DeliverySummaryRow {
  readonly content_type: string | null;
  readonly format: BodyFormat;
  readonly passes_body: 0 | 1;
  readonly headers: string;
  readonly query: string;
  readonly body: Uint8Array;
}

interface PassedRow {
  readonly endpoint: string;
  readonly headers: string;
  readonly query: string;
  readonly body: Uint8Array | null;
}

/** A delivery for lists, from its row. */
export function deliverySummary(row: DeliverySummaryRow): DeliverySummary {
  return {
    id: row.id,
    endpoint: row.endpoint,
    receivedAt: row.received_at,
    remote: row.remote,
    senderId: row.sender_id,
    jobId: row.job_id,
    eventId: row.event_id,
    jobStatus: row.status,
    bodyBytes: row.body_bytes,
    repeats: row.repeats,
    lastRepeatAt: row.last_repeat_at,
  };
}

/** A whole delivery from its row. */
export function deliveryOf(row: DeliveryRow): StoredDelivery {
  return {
    ...deliverySummary(row),
    headers: decodeObject(row.headers),
    query: decodeObject(row.query),
    contentType: row.content_type,
    format: row.format,
    passesBody: row.passes_body === 1,
    body: row.body,
  };
}

/** What the attempts of a job are told of the delivery that it, or the job it runs again, was made of; null: of none that is kept. */
export function passedDelivery(
  db: Connection,
  { id, seq, submitted_by: by }: Pick<JobRow, 'id' | 'seq' | 'submitted_by'>,
): PassedDelivery | null {
  const row = by.startsWith('webhook:')
    ? db.get<PassedRow>(DELIVERY_OF_JOB, id)
    : by === 'cli' || by.startsWith('api:')
      ? db.get<PassedRow>(DELIVERY_OF_REPLAY, seq)
      : undefined;
  if (row === undefined) return null;
  const { endpoint, headers, query, body } = row;
  return { endpoint, headers: decodeObject(headers), query: decodeObject(query), body };
}

function decodeObject(text: string): JsonObject {
  const value = decodeJson(text);
  if (!isJsonObject(value)) throw new Error('a delivery has headers or a query that are no object');
  return value;
}
