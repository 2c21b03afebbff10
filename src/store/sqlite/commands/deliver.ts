import type { Decision } from '../../../domain/decision.ts';
import type { Delivery } from '../../../domain/webhook/delivery.ts';
import { collapseKeyOf } from '../../collapse-key.ts';
import type { Command, CommandOutcomes } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';
import { firstWithSign, type Sign } from '../delivery-signs.ts';
import { beginWork } from '../delivery-work.ts';
import { recordOwnDecision } from '../own-decision.ts';
import { type StoredJob, storedJob } from '../stored-job.ts';
import { retry } from './retry.ts';

export const INSERT_DELIVERY = `
  INSERT INTO deliveries (id, endpoint, received_at, remote, sender_id, fingerprint, dedupe, job_id, event_id, format, passes_body,
    content_type, headers, query, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export const FIRST = 'SELECT seq, id, job_id, event_id FROM deliveries WHERE seq = ?';

export const COUNT_REPEAT = `
  INSERT INTO delivery_repeats (delivery_seq, endpoint, count, last_at) VALUES (?, ?, 1, ?)
  ON CONFLICT (delivery_seq) DO UPDATE SET count = count + 1, last_at = max(last_at, excluded.last_at)`;

/** What a repeat must know of the first one. */
interface First {
  readonly seq: number;
  readonly id: string;
  readonly job_id: string | null;
  readonly event_id: string | null;
}

/** Takes a delivery in with its work, or counts it as a repeat. */
export function deliver(
  db: Connection,
  { delivery, work }: Extract<Command, { kind: 'deliver' }>,
): CommandOutcomes['deliver'] {
  const first = firstWithSign(db, delivery);
  if (first !== null) return repeat(db, delivery, first);
  const { id } = delivery;
  const jobId = work.draft?.id ?? null;
  const eventId = work.routed?.event.id ?? null;
  const seq = insertDelivery(db, delivery, { jobId, eventId });
  return { id, ...beginWork(db, work, { seq, jobId, eventId, body: delivery.body }), repeat: false, retried: false };
}

function insertDelivery(
  db: Connection,
  delivery: Delivery,
  { jobId, eventId }: { readonly jobId: string | null; readonly eventId: string | null },
): number {
  return db.insert(
    INSERT_DELIVERY,
    delivery.id,
    delivery.endpoint,
    delivery.receivedAt,
    delivery.remote,
    delivery.senderId,
    delivery.fingerprint === null ? null : Buffer.from(delivery.fingerprint, 'hex'),
    delivery.dedupe ? 1 : 0,
    jobId,
    eventId,
    delivery.format,
    delivery.passesBody ? 1 : 0,
    delivery.contentType,
    JSON.stringify(delivery.headers),
    JSON.stringify(delivery.query),
    delivery.body,
  );
}

function repeat(
  db: Connection,
  delivery: Delivery,
  { seq, by }: { readonly seq: number; readonly by: Sign },
): CommandOutcomes['deliver'] {
  const first = db.get<First>(FIRST, seq);
  if (first === undefined) throw new Error(`delivery ${delivery.id} has the sign of one that is gone`);
  db.run(COUNT_REPEAT, first.seq, delivery.endpoint, delivery.receivedAt);
  const job = first.job_id === null ? undefined : storedJob(db, first.job_id);
  const retried = job !== undefined && retriedAfter(db, job, delivery.receivedAt);
  recordOwnDecision(db, repetition({ delivery, first, by, job, retried }));
  return { id: first.id, jobId: first.job_id, eventId: first.event_id, repeat: true, retried };
}

/** What has ended badly gets another chance, since its sender asks for it; what waits, runs or has succeeded is left alone. */
function retriedAfter(db: Connection, { id, status }: StoredJob, at: number): boolean {
  if (status !== 'failed' && status !== 'dead' && status !== 'cancelled') return false;
  return retry(db, { kind: 'retry', jobId: id, at }).kind === 'queued';
}

function repetition({
  delivery: { endpoint, receivedAt, senderId, remote },
  first,
  by,
  job,
  retried,
}: {
  readonly delivery: Delivery;
  readonly first: First;
  readonly by: Sign;
  readonly job: StoredJob | undefined;
  readonly retried: boolean;
}): Decision {
  const how = by === 'sender_id' ? `with the same id (${senderId})` : 'with the same content under another id';
  const then = retried ? `; its job ${first.job_id} was ${job?.status} and is queued again` : '';
  return {
    code: 'delivery_repeat',
    at: receivedAt,
    text: `Delivery ${first.id} came to the webhook ${endpoint} again ${how}${then}.`,
    jobId: first.job_id,
    eventId: first.event_id,
    instance: job?.instance ?? null,
    schedule: null,
    route: null,
    values: { endpoint, delivery_id: first.id, sender_id: senderId, by, remote, retried },
    collapseKey: collapseKeyOf('delivery_repeat', [endpoint, first.id]),
  };
}
