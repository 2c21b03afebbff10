import { isDeepStrictEqual } from 'node:util';
import type { Decision } from '../../domain/decision.ts';
import type { Event } from '../../domain/event.ts';
import type { JobDraft, JobStatus } from '../../domain/job.ts';
import { collapseKeyOf } from '../collapse-key.ts';
import type { Admission } from '../port/outcomes.ts';
import type { Connection } from './connection.ts';
import { takeMark } from './dedupe-marks.ts';
import { decodeJson } from './job-row.ts';
import { OR_ROLLBACK } from './or-rollback.ts';
import { recordOwnDecision } from './own-decision.ts';
import { carrierOf, type StoredBody } from './shared-body.ts';

export const INSERT_JOB = `
  INSERT ${OR_ROLLBACK} INTO jobs (id, instance, plugin, command, priority, status, ready, attempt, attempts_used, max_attempts, orphans, run_at,
    dedupe_key, dedupe_window_ms, idempotency_key, submitted_by, parent_job_id, root_job_id, source_event_id, source_event_seq,
    depth, timeout_ms, from_core, config_version, created_at, delivery_seq)
  VALUES (?, ?, ?, ?, ?, 'queued', ?, 0, 0, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export const INSERT_PAYLOAD = 'INSERT INTO payloads (job_seq, payload) VALUES (?, ?)';

export const EVENT_SEQ = 'SELECT seq FROM events WHERE id = ? ORDER BY seq DESC LIMIT 1';

export const ABSORBING_JOB =
  'SELECT jobs.status, job_payloads.payload FROM jobs JOIN job_payloads ON job_payloads.job_seq = jobs.seq WHERE jobs.id = ?';

/** The event that a draft comes of, stored in the same transaction. */
export interface StoredEvent {
  readonly seq: number;
  readonly event: Event;
  /** Its payload as JSON. */
  readonly payload: string;
}

/** What was stored in the same transaction and may hold the payload of a draft already. */
export interface Sources {
  readonly event?: StoredEvent;
  readonly body?: StoredBody;
}

/** Admits a draft within the transaction, or lets the job that holds its dedupe key absorb it and records so. */
export function admit(db: Connection, draft: JobDraft, { event: source, body }: Sources = {}): Admission {
  // Most routes pass the payload on, and to write or store a large one takes long.
  const inherited = source !== undefined && draft.payload === source.event.payload;
  const payload = inherited ? source.payload : JSON.stringify(draft.payload);
  const holder = draft.dedupeKey === null ? null : holderOf(db, draft, draft.dedupeKey);
  if (holder !== null) return absorb(db, { draft, holder, payload });
  const carrier = inherited ? null : carrierOf(payload, body);
  const seq = db.insert(
    INSERT_JOB,
    draft.id,
    draft.instance,
    draft.plugin,
    draft.command,
    draft.priority,
    draft.runAt <= draft.createdAt ? 1 : 0,
    draft.maxAttempts,
    draft.runAt,
    draft.dedupeKey,
    draft.dedupeWindowMs,
    draft.idempotencyKey,
    draft.submittedBy,
    draft.parentJobId,
    draft.rootJobId,
    draft.sourceEventId,
    source?.seq ?? eventSeqOf(db, draft.sourceEventId),
    draft.depth,
    draft.timeoutMs,
    draft.fromCore ? 1 : 0,
    draft.configVersion,
    draft.createdAt,
    carrier,
  );
  if (!inherited && carrier === null) db.run(INSERT_PAYLOAD, seq, payload);
  db.tellMeter((meter) => meter.admitted(draft));
  return { kind: 'admitted', jobId: draft.id };
}

function holderOf(db: Connection, draft: JobDraft, key: string): string | null {
  return takeMark(
    db,
    { instance: draft.instance, command: draft.command, key },
    { jobId: draft.id, untilAt: draft.createdAt + draft.dedupeWindowMs, now: draft.createdAt },
  );
}

function eventSeqOf(db: Connection, eventId: string | null): number | null {
  return eventId === null ? null : (db.get<{ seq: number }>(EVENT_SEQ, eventId)?.seq ?? null);
}

function absorb(
  db: Connection,
  { draft, holder, payload }: { readonly draft: JobDraft; readonly holder: string; readonly payload: string },
): Admission {
  const job = db.get<{ status: JobStatus; payload: string }>(ABSORBING_JOB, holder);
  // A mark outlives its job only within the window of a success.
  const status = job?.status ?? 'succeeded';
  const payloadDiffers = job !== undefined && differs(job.payload, payload);
  recordOwnDecision(db, absorption({ draft, holder, status, payloadDiffers }));
  return { kind: 'duplicate', jobId: holder, status, payloadDiffers };
}

function differs(one: string, other: string): boolean {
  return one !== other && !isDeepStrictEqual(decodeJson(one), decodeJson(other));
}

function absorption({
  draft,
  holder,
  status,
  payloadDiffers,
}: {
  readonly draft: JobDraft;
  readonly holder: string;
  readonly status: JobStatus;
  readonly payloadDiffers: boolean;
}): Decision {
  return {
    code: 'job_duplicate',
    at: draft.createdAt,
    text: `Job ${holder} (${status}) has the dedupe key "${draft.dedupeKey}" and absorbed the draft${payloadDiffers ? ', whose payload differs' : ''}.`,
    jobId: holder,
    eventId: draft.sourceEventId,
    instance: draft.instance,
    schedule: after('scheduler:', draft.submittedBy),
    route: after('route:', draft.submittedBy),
    values: {
      command: draft.command,
      dedupe_key: draft.dedupeKey,
      submitted_by: draft.submittedBy,
      status,
      payload_differs: payloadDiffers,
    },
    collapseKey: collapseKeyOf('job_duplicate', [draft.instance, draft.command, draft.dedupeKey, draft.sourceEventId]),
  };
}

function after(prefix: string, text: string): string | null {
  return text.startsWith(prefix) ? text.slice(prefix.length) : null;
}
