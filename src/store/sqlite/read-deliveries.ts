import type { Rejection, RejectionReason } from '../../domain/webhook/rejection.ts';
import type { DeliveryFilter, DeliverySummary, StoredDelivery } from '../port/deliveries.ts';
import type { Listed, Page } from '../port/lists.ts';
import { allOf, equals } from './conditions.ts';
import type { Connection } from './connection.ts';
import { listed, rowBefore, rowsFor } from './cursor.ts';
import {
  type DeliveryRow,
  type DeliverySummaryRow,
  deliveryOf,
  deliverySummary,
  REPEATS_AND_JOB,
  SUMMARY_COLUMNS,
} from './delivery-row.ts';

const DELIVERY = `
  SELECT ${SUMMARY_COLUMNS}, d.content_type, d.format, d.passes_body, d.headers, d.query, d.body
  FROM deliveries AS d ${REPEATS_AND_JOB} WHERE d.id = ?`;

/** Found from the jobs, of which there are fewer. */
const FAILED =
  'jobs AS b INDEXED BY jobs_ended_badly_by_webhook CROSS JOIN deliveries AS d INDEXED BY deliveries_by_job ON d.job_id = b.id';

/** Word for word the condition of the index. */
const HAS_FAILED =
  "b.completed_at IS NOT NULL AND b.status <> 'succeeded' AND b.submitted_by >= 'webhook:' AND b.submitted_by < 'webhook;'";

interface RejectionRow {
  readonly seq: number;
  readonly endpoint: string;
  readonly reason: RejectionReason;
  readonly remote: string;
  readonly count: number;
  readonly first_at: number;
  readonly last_at: number;
}

/** The delivery of that id with its body, or null. */
export function readDelivery(db: Connection, id: string): StoredDelivery | null {
  const row = db.get<DeliveryRow>(DELIVERY, id);
  return row === undefined ? null : deliveryOf(row);
}

/** A page of deliveries, newest first. */
export function readDeliveries(db: Connection, filter: DeliveryFilter, page: Page): Listed<DeliverySummary> {
  const { sql, parameters } = deliveriesQuery(filter, rowBefore(page));
  return listed(db.all<DeliverySummaryRow>(sql, ...parameters, rowsFor(page)), page, deliverySummary);
}

/** The statement of a list of the rows below `before`, its limit the one parameter still to be given. */
export function deliveriesQuery(
  { endpoint, failed }: DeliveryFilter,
  before: number,
): { readonly sql: string; readonly parameters: ReturnType<typeof allOf>['parameters'] } {
  const { sql, parameters } = allOf([
    ['d.seq < ?', before],
    equals('d.endpoint', endpoint),
    failed ? [HAS_FAILED] : null,
  ]);
  const from = failed ? FAILED : 'deliveries AS d';
  return {
    sql: `SELECT ${SUMMARY_COLUMNS} FROM ${from} ${REPEATS_AND_JOB} WHERE ${sql} ORDER BY d.seq DESC LIMIT ?`,
    parameters,
  };
}

/** A page of refusals, newest first by when each was counted first in its hour. */
export function readRejections(
  db: Connection,
  { endpoint }: { readonly endpoint: string | null },
  page: Page,
): Listed<Rejection> {
  const { sql, parameters } = allOf([['seq < ?', rowBefore(page)], equals('endpoint', endpoint)]);
  const rows = db.all<RejectionRow>(
    `SELECT seq, endpoint, reason, remote, count, first_at, last_at FROM rejections WHERE ${sql} ORDER BY seq DESC LIMIT ?`,
    ...parameters,
    rowsFor(page),
  );
  return listed(rows, page, rejectionOf);
}

function rejectionOf({ endpoint, reason, remote, count, first_at, last_at }: RejectionRow): Rejection {
  return { endpoint, reason, remote: remote === '' ? null : remote, count, firstAt: first_at, lastAt: last_at };
}
