import type { Decision } from '../../domain/decision.ts';
import type { Event } from '../../domain/event.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { RoutedEvent } from '../../domain/settlement.ts';
import { collapseKeyOf } from '../collapse-key.ts';
import type { EventResult } from '../port/outcomes.ts';
import { admit } from './admit.ts';
import type { Connection } from './connection.ts';
import { recordDecisions } from './decision-rows.ts';
import { OR_ROLLBACK } from './or-rollback.ts';
import { recordOwnDecision } from './own-decision.ts';
import { carrierOf, type StoredBody } from './shared-body.ts';

/** Records an event unless its source has sent this id before. */
export const INSERT_EVENT = `
  INSERT ${OR_ROLLBACK} INTO events (id, source, type, occurred_at, created_at, dedupe_key, job_id, attempt, root_job_id, depth, from_core, payload, delivery_seq)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id, source) DO NOTHING`;

/** Records an event with its decisions and jobs within the transaction; of a repeat, only that it was one. */
export function recordEvent(db: Connection, { event, drafts, decisions }: RoutedEvent, body?: StoredBody): EventResult {
  const written = db.written;
  const payload = JSON.stringify(event.payload);
  const carrier = carrierOf(payload, body);
  const seq = db.insert(
    INSERT_EVENT,
    event.id,
    event.source,
    event.type,
    event.occurredAt,
    event.createdAt,
    event.dedupeKey,
    event.jobId,
    event.attempt,
    event.rootJobId,
    event.depth,
    event.fromCore ? 1 : 0,
    carrier === null ? payload : '',
    carrier,
  );
  if (db.written === written) {
    recordOwnDecision(db, repeat(event));
    return { eventId: event.id, duplicate: true, admissions: [] };
  }
  const source = { seq, event, payload };
  const admissions = drafts.map((draft) => admit(db, draft, draft.sourceEventId === event.id ? { event: source } : {}));
  const became = new Map(drafts.map((draft, index) => [draft.id, admissions[index]?.jobId ?? draft.id]));
  recordDecisions(
    db,
    decisions.map((decision) => withJobs(decision, became)),
  );
  return { eventId: event.id, duplicate: false, admissions };
}

/** A decision whose `values.jobs` names jobs, not drafts that others absorbed. */
function withJobs(decision: Decision, became: ReadonlyMap<string, string>): Decision {
  const { values } = decision;
  if (!isJsonObject(values) || !Array.isArray(values.jobs)) return decision;
  const jobs = values.jobs.map((id) => (typeof id === 'string' ? (became.get(id) ?? id) : id));
  return { ...decision, values: { ...values, jobs: [...new Set(jobs)] } };
}

function repeat(event: Event): Decision {
  return {
    code: 'event_duplicate',
    at: event.createdAt,
    text: `An event with the id "${event.id}" was already recorded from ${event.source}; this one fired no route.`,
    jobId: event.jobId,
    eventId: event.id,
    instance: event.source.startsWith('instance:') ? event.source.slice('instance:'.length) : null,
    schedule: null,
    route: null,
    values: { type: event.type, source: event.source },
    collapseKey: collapseKeyOf('event_duplicate', [event.source, event.id, event.jobId]),
  };
}
