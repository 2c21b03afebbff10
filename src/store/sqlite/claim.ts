import type { Event } from '../../domain/event.ts';
import type { AttemptOutcome } from '../../domain/job.ts';
import type { Json } from '../../domain/json.ts';
import type { Claimed, ClaimRequest, ClaimResult, Held, PreviousAttempt } from '../port/claims.ts';
import type { Connection } from './connection.ts';
import { passedDelivery } from './delivery-row.ts';
import { EVENT_COLUMNS, type EventRow, eventOf } from './event-row.ts';
import { CAPPED, PAUSED, RATE_OPEN } from './instance-limits.ts';
import { decodeJson, errorOf, JOB_COLUMNS, type JobRow, wholeJob } from './job-row.ts';
import { moved } from './job-status.ts';
import { OR_ROLLBACK } from './or-rollback.ts';
import { currentState } from './state-versions.ts';
import { expectOne } from './stored-job.ts';
import { anythingRuns, type DueSuspect, dueSuspects, recordAlone, SUSPECT_RUNS } from './suspects.ts';

/** Most delayed jobs that one transaction makes ready. */
export const PROMOTE_BATCH = 500;

export const NEXT_DELAYED = 'SELECT run_at FROM jobs INDEXED BY jobs_delayed WHERE ready = 0 ORDER BY run_at LIMIT 1';

export const PROMOTE = `
  UPDATE jobs SET ready = 1 WHERE seq IN (
    SELECT seq FROM jobs INDEXED BY jobs_delayed WHERE ready = 0 AND run_at <= ? ORDER BY run_at LIMIT ${PROMOTE_BATCH}
  )`;

/**
 * The first due job of each open instance, and of these the first; none while a suspect runs. Of an unhealthy instance
 * it is the job of its init alone.
 */
export const HEAD = `
  WITH heads AS MATERIALIZED (
    SELECT i.rate_count IS NOT NULL AS limited, CASE WHEN i.unhealthy_at IS NULL THEN (
      SELECT j.seq FROM jobs AS j INDEXED BY jobs_ready WHERE j.instance = i.name AND j.ready = 1 AND j.suspect = 0
      ORDER BY j.priority DESC, j.run_at, j.seq LIMIT 1
    ) ELSE (
      SELECT n.seq FROM jobs AS n WHERE n.id = i.init_job_id AND n.ready = 1 AND n.suspect = 0
    ) END AS seq
    FROM instances AS i WHERE NOT ${SUSPECT_RUNS} AND NOT ${PAUSED} AND ${RATE_OPEN} AND NOT ${CAPPED}
  )
  SELECT h.seq, h.limited FROM heads AS h CROSS JOIN jobs AS j ON j.seq = h.seq
  ORDER BY j.priority DESC, j.run_at, j.seq LIMIT 1`;

export const START = `
  UPDATE ${OR_ROLLBACK} jobs SET status = ?, ready = NULL, attempt = attempt + 1, owner = ?, lease_expires_at = ?, started_at = ?
  WHERE seq = ? AND status = 'queued'`;

export const SPEND_RATE = `
  UPDATE instances SET rate_open_at =
    max(min(rate_open_at, ?1), ?1 - rate_per_ms + rate_per_ms * 1.0 / rate_count) + rate_per_ms * 1.0 / rate_count
  WHERE name = ?2`;

/** Instances with due jobs, and what keeps them; suspects are another matter. Where init is due, what keeps init does. */
export const HELD = `
  SELECT i.name, ${PAUSED} AS paused, ${SUSPECT_RUNS} AS stopped,
    i.unhealthy_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM jobs AS n WHERE n.id = i.init_job_id AND n.ready = 1) AS unhealthy,
    ${CAPPED} AS capped, i.rate_open_at FROM instances AS i
  WHERE EXISTS (SELECT 1 FROM jobs AS j INDEXED BY jobs_ready WHERE j.instance = i.name AND j.ready = 1 AND j.suspect = 0)
    AND (paused OR stopped OR unhealthy OR capped OR NOT ${RATE_OPEN})
  ORDER BY i.name`;

/**
 * One job that waits, or the init of its instance if that must come first, with what the instance says; no row when
 * nobody synced the instance.
 */
export const ONE_WAITING = `
  SELECT q.seq, q.run_at, q.ready, q.suspect, i.name, i.rate_count IS NOT NULL AS limited, i.rate_open_at, ${PAUSED} AS paused,
    ${SUSPECT_RUNS} AS stopped, i.unhealthy_at IS NOT NULL AND q.id IS NOT i.init_job_id AS unhealthy,
    ${CAPPED} AS capped, ${RATE_OPEN} AS open
  FROM jobs AS w CROSS JOIN instances AS i ON i.name = w.instance CROSS JOIN jobs AS q ON q.id = coalesce(
    (SELECT n.id FROM jobs AS n WHERE i.unhealthy_at IS NOT NULL AND n.id = i.init_job_id AND n.status = 'queued'), w.id)
  WHERE w.id = ?2 AND w.status = 'queued'`;

export const JOB_BY_SEQ = `SELECT ${JOB_COLUMNS} FROM jobs WHERE seq = ?`;
export const PAYLOAD = 'SELECT payload FROM payloads WHERE job_seq = ?';
export const CARRIED_PAYLOAD = 'SELECT CAST(body AS TEXT) AS payload FROM deliveries WHERE seq = ?';
export const EVENT_BY_SEQ = `SELECT ${EVENT_COLUMNS} FROM events WHERE seq = ?`;
export const PREVIOUS_ATTEMPTS =
  'SELECT attempt, outcome, error_code, error_message FROM attempts WHERE job_seq = ? AND attempt < ? ORDER BY attempt';

interface HeldRow {
  readonly name: string;
  readonly paused: 0 | 1;
  readonly stopped: 0 | 1;
  readonly unhealthy: 0 | 1;
  readonly capped: 0 | 1;
  readonly rate_open_at: number;
}

interface WaitingRow extends HeldRow {
  readonly seq: number;
  readonly run_at: number;
  readonly ready: 0 | 1;
  readonly suspect: 0 | 1;
  readonly limited: 0 | 1;
  readonly open: 0 | 1;
}

/**
 * Claims within the open transaction, which writes only when there is something to write.
 * `more` is true when due jobs beyond the batch still wait to be made ready.
 */
export function claimBatch(db: Connection, request: ClaimRequest): ClaimResult & { readonly more: boolean } {
  if (request.only !== null) return { ...claimOne(db, request, request.only), more: false };
  const more = promote(db, request.now);
  const jobs: Claimed[] = [];
  while (jobs.length < request.slots) {
    const claimed = claimHead(db, request);
    if (claimed === null) break;
    jobs.push(claimed);
  }
  if (more || jobs.length >= request.slots) return { jobs, nextAt: null, held: [], more: jobs.length < request.slots };
  const suspects = dueSuspects(db, request.now);
  const busy = suspects.length > 0 && anythingRuns(db);
  const alone = busy ? undefined : suspects.find(isOpen);
  if (alone !== undefined) jobs.push(start(db, alone, request));
  const waiting = suspects.filter((suspect) => suspect !== alone);
  const held = heldBack(
    db.all<HeldRow>(HELD, request.now).map(heldOf),
    waiting.map((suspect) => heldSuspect(suspect, busy || alone !== undefined)),
  );
  return { jobs, nextAt: nextAt(db, held), held, more: false };
}

/** A running job with everything its attempt needs. */
export function claimedJob(db: Connection, row: JobRow): Claimed {
  const { value: state, version: stateVersion } = currentState(db, row.instance);
  return { ...givenTo(db, row), state, stateVersion };
}

/** What the attempt of a row's number is given, but for the state. */
export function givenTo(db: Connection, row: JobRow): Omit<Claimed, 'state' | 'stateVersion'> {
  const event = row.source_event_seq === null ? null : sourceEvent(db, row.source_event_seq);
  const own = ownPayload(db, row);
  return {
    job: wholeJob(row, own === undefined ? inherited(row, event) : own, null),
    event,
    delivery: passedDelivery(db, row),
    previousAttempts: row.attempt > 1 ? previousAttempts(db, row) : [],
  };
}

function promote(db: Connection, now: number): boolean {
  const first = db.get<{ run_at: number }>(NEXT_DELAYED);
  if (first === undefined || first.run_at > now) return false;
  return db.run(PROMOTE, now) === PROMOTE_BATCH;
}

function claimHead(db: Connection, request: ClaimRequest): Claimed | null {
  const head = db.get<{ seq: number; limited: 0 | 1 }>(HEAD, request.now);
  return head === undefined ? null : start(db, head, request);
}

/** Claims the job `only` when it is due and its instance open, whatever else waits. */
function claimOne(db: Connection, request: ClaimRequest, only: string): ClaimResult {
  const waiting = db.get<WaitingRow>(ONE_WAITING, request.now, only);
  if (waiting === undefined || request.slots < 1) return { jobs: [], nextAt: null, held: [] };
  if (waiting.ready === 0 && waiting.run_at > request.now) return { jobs: [], nextAt: waiting.run_at, held: [] };
  const others = waiting.suspect === 1 && anythingRuns(db);
  if (waiting.stopped === 1 || others || !isOpen(waiting)) {
    const held = others ? heldSuspect(waiting, true) : heldOf(waiting);
    return { jobs: [], nextAt: held.until, held: [held] };
  }
  return { jobs: [start(db, waiting, request)], nextAt: null, held: [] };
}

function start(
  db: Connection,
  { seq, limited }: { readonly seq: number; readonly limited: 0 | 1 },
  { owner, now, leaseMs }: ClaimRequest,
): Claimed {
  expectOne(db.run(START, moved('queued', 'claim'), owner, now + leaseMs, now, seq), 'a claim');
  const row = db.get<JobRow>(JOB_BY_SEQ, seq);
  if (row === undefined) throw new Error('a claimed job is gone');
  if (limited === 1) db.run(SPEND_RATE, now, row.instance);
  if (row.suspect === 1) recordAlone(db, row, now);
  return claimedJob(db, row);
}

function ownPayload(db: Connection, { seq, delivery_seq: carrier }: JobRow): Json | undefined {
  const row =
    carrier === null
      ? db.get<{ payload: string }>(PAYLOAD, seq)
      : db.get<{ payload: string }>(CARRIED_PAYLOAD, carrier);
  return row === undefined ? undefined : decodeJson(row.payload);
}

function inherited({ id }: JobRow, event: Event | null): Json {
  if (event === null) throw new Error(`job ${id} has no payload`);
  return event.payload;
}

function sourceEvent(db: Connection, seq: number): Event | null {
  const row = db.get<EventRow>(EVENT_BY_SEQ, seq);
  return row === undefined ? null : eventOf(row);
}

function previousAttempts(db: Connection, { seq, attempt }: JobRow): readonly PreviousAttempt[] {
  const rows = db.all<{
    attempt: number;
    outcome: AttemptOutcome;
    error_code: string | null;
    error_message: string | null;
  }>(PREVIOUS_ATTEMPTS, seq, attempt);
  return rows.map((row) => ({
    attempt: row.attempt,
    outcome: row.outcome,
    error: errorOf(row.error_code, row.error_message),
  }));
}

/** One reason for each instance: what holds its ordinary jobs, else what holds its suspects. */
function heldBack(ordinary: readonly Held[], suspects: readonly Held[]): readonly Held[] {
  const byName = new Map([...suspects, ...ordinary].map((held) => [held.instance, held]));
  return [...byName.values()].toSorted((one, other) => (one.instance < other.instance ? -1 : 1));
}

function heldOf({ name, paused, stopped, unhealthy, capped, rate_open_at: openAt }: HeldRow): Held {
  if (paused === 1) return { instance: name, reason: 'paused', until: null };
  if (stopped === 1) return { instance: name, reason: 'suspect_runs', until: null };
  if (unhealthy === 1) return { instance: name, reason: 'unhealthy', until: null };
  if (capped === 1) return { instance: name, reason: 'cap', until: null };
  return { instance: name, reason: 'rate', until: Math.ceil(openAt) };
}

function isOpen({ paused, unhealthy, capped, open }: Omit<DueSuspect, 'seq' | 'limited'>): boolean {
  return paused === 0 && unhealthy === 0 && capped === 0 && open === 1;
}

/** What holds a suspect; `busy` while anything runs. */
function heldSuspect(suspect: Omit<HeldRow, 'stopped'>, busy: boolean): Held {
  if (busy) return { instance: suspect.name, reason: 'suspect_waits', until: null };
  return heldOf({ ...suspect, stopped: 0 });
}
function nextAt(db: Connection, held: readonly Held[]): number | null {
  const delayed = db.get<{ run_at: number }>(NEXT_DELAYED)?.run_at;
  const times = held.flatMap(({ until }) => (until === null ? [] : [until]));
  if (delayed !== undefined) times.push(delayed);
  return times.length === 0 ? null : Math.min(...times);
}
