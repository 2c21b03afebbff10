import type { JobStatus } from '../../domain/job.ts';
import type { TracedEvent, TracedJob, TracedLineage, TraceOrigin, TraceRequest } from '../port/traces.ts';
import type { Connection } from './connection.ts';
import { DECISION_COLUMNS, type DecisionRow, decisionOf } from './decision-rows.ts';
import { JOB_COLUMNS, type JobRow, jobSummary } from './job-row.ts';
import { TRACED_ATTEMPTS, type TracedAttemptRow, tracedAttempt } from './traced-attempts.ts';

/** Most jobs of a lineage that are counted, and looked through for those that ended badly. */
const COUNTED = 20_000;
const MAX_ROOTS = 1_000;
/** Jobs that ended badly are shown before others, so many of them. */
const BADLY = 20;
/** Most events that are shown for each job that is; decisions likewise. */
const EVENTS_PER_JOB = 5;
/** Characters of a result. */
const RESULT_TEXT = 300;

export const TRACE_JOB = `SELECT ${JOB_COLUMNS} FROM jobs WHERE id = ?`;

export const TRACE_PARENT = `SELECT ${JOB_COLUMNS} FROM jobs WHERE id = (SELECT parent_job_id FROM jobs WHERE id = ?)`;

export const TRACE_CHILDREN = `
  SELECT ${JOB_COLUMNS} FROM jobs INDEXED BY jobs_by_parent WHERE parent_job_id = ? ORDER BY seq LIMIT ?`;

export const TRACE_OLDEST = `
  SELECT ${JOB_COLUMNS} FROM jobs INDEXED BY jobs_lineage WHERE root_job_id = ? ORDER BY seq LIMIT ?`;

export const TRACE_BADLY = `
  SELECT seq, status FROM (
    SELECT seq, status FROM jobs INDEXED BY jobs_lineage WHERE root_job_id = ? LIMIT ${COUNTED}
  ) WHERE status IN ('failed', 'dead') LIMIT ${BADLY}`;

export const TRACE_TOTALS = `
  SELECT status, count(*) AS jobs, sum(attempt) AS attempts, min(created_at) AS started_at, max(completed_at) AS ended_at
  FROM (
    SELECT status, attempt, created_at, completed_at FROM jobs INDEXED BY jobs_lineage WHERE root_job_id = ? LIMIT ${COUNTED}
  ) GROUP BY status`;

export const TRACE_RESULTS = `
  SELECT job_seq, substr(result, 1, ${RESULT_TEXT}) AS text, octet_length(result) AS bytes
  FROM results WHERE job_seq IN (SELECT value FROM json_each(?))`;

const EVENT_COLUMNS = 'seq, id, type, source, created_at, job_id, attempt';

export const TRACE_EVENTS = `
  SELECT ${EVENT_COLUMNS} FROM events INDEXED BY events_by_job WHERE job_id IN (SELECT value FROM json_each(?)) LIMIT ?`;

/** Two sources may have used the same id: all of them are shown. */
export const TRACE_CAUSES = `
  SELECT ${EVENT_COLUMNS} FROM events WHERE id IN (SELECT value FROM json_each(?)) LIMIT ?`;

export const TRACE_EVENT_DECISIONS = `
  SELECT ${DECISION_COLUMNS} FROM decisions INDEXED BY decisions_by_event
  WHERE event_id IN (SELECT value FROM json_each(?)) LIMIT ?`;

export const TRACE_JOB_DECISIONS = `
  SELECT ${DECISION_COLUMNS} FROM decisions INDEXED BY decisions_by_job
  WHERE job_id IN (SELECT value FROM json_each(?)) AND event_id IS NULL LIMIT ?`;

export const TRACE_REPLAYS_OF =
  'SELECT job_seq, replay_of FROM replays WHERE job_seq IN (SELECT value FROM json_each(?))';

export const TRACE_REPLAYED = `
  SELECT jobs.id, replay_of FROM json_each(?) AS original CROSS JOIN replays INDEXED BY replays_by_original
    ON replay_of = original.value CROSS JOIN jobs ON jobs.seq = replays.job_seq LIMIT 1000`;

/** The slot of a schedule that made a job: among those up to the job's time, newest first. */
export const TRACE_SLOT = `
  SELECT slot_at FROM (
    SELECT slot_at, job_id FROM slots WHERE instance = ? AND schedule = ? AND slot_at <= ? ORDER BY slot_at DESC LIMIT 1000
  ) WHERE job_id = ? LIMIT 1`;

export const TRACE_DELIVERY_OF_JOB =
  'SELECT id, job_id, event_id FROM deliveries INDEXED BY deliveries_by_job WHERE job_id = ? LIMIT 1';

export const TRACE_DELIVERY_OF_EVENT =
  'SELECT id, job_id, event_id FROM deliveries INDEXED BY deliveries_by_event WHERE event_id = ? LIMIT 1';

export const TRACE_ROOTS = `
  SELECT id FROM jobs INDEXED BY jobs_by_event WHERE source_event_id = ? ORDER BY seq LIMIT ${MAX_ROOTS}`;

/** Jobs that an event caused, oldest first, at most 1,000. */
export function readCaused(db: Connection, eventId: string): readonly string[] {
  return db.all<{ id: string }>(TRACE_ROOTS, eventId).map(({ id }) => id);
}

/** Where a root job, or else an event from outside, came from. */
export function readOrigin(
  db: Connection,
  { jobId, eventId }: { readonly jobId: string | null; readonly eventId: string | null },
): TraceOrigin {
  const job = jobId === null ? undefined : db.get<JobRow>(TRACE_JOB, jobId);
  const ofJob = jobId === null ? undefined : db.get<DeliveryRow>(TRACE_DELIVERY_OF_JOB, jobId);
  const ofEvent = eventId === null ? undefined : db.get<DeliveryRow>(TRACE_DELIVERY_OF_EVENT, eventId);
  const delivery = ofJob ?? ofEvent;
  const [, instance, schedule] = /^scheduler:([^/]+)\/(.+)$/.exec(job?.submitted_by ?? '') ?? [];
  const slot =
    job === undefined || instance === undefined || schedule === undefined
      ? undefined
      : db.get<{ slot_at: number }>(TRACE_SLOT, instance, schedule, job.created_at, job.id);
  return {
    slotAt: slot?.slot_at ?? null,
    delivery: delivery === undefined ? null : { id: delivery.id, jobId: delivery.job_id, eventId: delivery.event_id },
  };
}

interface DeliveryRow {
  readonly id: string;
  readonly job_id: string | null;
  readonly event_id: string | null;
}

/** A lineage with attempts, events, decisions and effects, in steps of bounded length. */
export function* readTrace(db: Connection, request: TraceRequest): Generator<undefined, TracedLineage> {
  const roots = request.roots.slice(0, MAX_ROOTS);
  const totals = yield* totalsOf(db, roots);
  const rows = yield* chosenRows(db, { ...request, roots });
  const seqs = JSON.stringify(rows.map(({ seq }) => seq));
  const ids = JSON.stringify(rows.map(({ id }) => id));
  const attempts = Map.groupBy(db.all<TracedAttemptRow>(TRACED_ATTEMPTS, seqs), ({ job_seq }) => job_seq);
  yield;
  const results = new Map(
    db.all<{ job_seq: number; text: string; bytes: number }>(TRACE_RESULTS, seqs).map((row) => [row.job_seq, row]),
  );
  const originals = new Map(
    db.all<{ job_seq: number; replay_of: string }>(TRACE_REPLAYS_OF, seqs).map((row) => [row.job_seq, row.replay_of]),
  );
  const replayed = Map.groupBy(db.all<{ id: string; replay_of: string }>(TRACE_REPLAYED, ids), (row) => row.replay_of);
  const most = EVENTS_PER_JOB * Math.max(request.limit, 20);
  const ofJobs = Map.groupBy(db.all<DecisionRow>(TRACE_JOB_DECISIONS, ids, most), ({ job_id }) => job_id);
  yield;
  const { events, more } = yield* eventsOf(db, { rows, ids, most });
  const jobs = rows.map((row): TracedJob => {
    const result = results.get(row.seq);
    return {
      job: jobSummary(row),
      attempts: (attempts.get(row.seq) ?? []).map(tracedAttempt),
      result: result === undefined ? null : { text: result.text, bytes: result.bytes },
      replayOf: originals.get(row.seq) ?? null,
      replays: (replayed.get(row.id) ?? []).slice(0, 10).map(({ id }) => id),
      decisions: (ofJobs.get(row.id) ?? []).toSorted(bySeq).map(decisionOf),
    };
  });
  return { jobs, events, moreEvents: more, totals };
}

function* totalsOf(db: Connection, roots: readonly string[]): Generator<undefined, TracedLineage['totals']> {
  const byStatus: { [S in JobStatus]?: number } = {};
  let [jobs, attempts, startedAt, endedAt] = [0, 0, Number.POSITIVE_INFINITY, 0];
  let active = false;
  for (const root of roots) {
    const rows = db.all<{
      status: JobStatus;
      jobs: number;
      attempts: number;
      started_at: number;
      ended_at: number | null;
    }>(TRACE_TOTALS, root);
    for (const row of rows) {
      byStatus[row.status] = (byStatus[row.status] ?? 0) + row.jobs;
      jobs += row.jobs;
      attempts += row.attempts;
      startedAt = Math.min(startedAt, row.started_at);
      endedAt = Math.max(endedAt, row.ended_at ?? 0);
      active ||= row.status === 'queued' || row.status === 'running';
    }
    yield;
    if (jobs >= COUNTED) break;
  }
  return {
    byStatus,
    attempts,
    startedAt: jobs === 0 ? null : startedAt,
    endedAt: jobs === 0 || active ? null : endedAt,
    capped: jobs >= COUNTED,
  };
}

/** The jobs that are shown: the way to the one that is asked about and what it led to, those that ended badly, the oldest. */
function* chosenRows(db: Connection, { roots, asked, limit }: TraceRequest): Generator<undefined, readonly JobRow[]> {
  const chosen = new Map<string, JobRow>();
  const take = (row: JobRow): void => {
    if (chosen.size < limit) chosen.set(row.id, row);
  };
  /** A job is shown below its parent, and so with its whole way. */
  function takeWithWay(row: JobRow): void {
    const way = [row];
    for (let at: JobRow | undefined = row; at !== undefined && at.parent_job_id !== null && !chosen.has(at.id); ) {
      at = db.get<JobRow>(TRACE_PARENT, at.id);
      if (at !== undefined) way.push(at);
    }
    for (const step of way.toReversed()) take(step);
  }
  const job = asked === null ? undefined : db.get<JobRow>(TRACE_JOB, asked);
  if (job !== undefined) takeWithWay(job);
  for (const child of job === undefined ? [] : db.all<JobRow>(TRACE_CHILDREN, job.id, Math.ceil(limit / 4)))
    take(child);
  yield;
  for (const root of roots) {
    const row = db.get<JobRow>(TRACE_JOB, root);
    if (row !== undefined) take(row);
    for (const { seq } of db.all<{ seq: number }>(TRACE_BADLY, root)) {
      const badly = db.get<JobRow>(`SELECT ${JOB_COLUMNS} FROM jobs WHERE seq = ?`, seq);
      if (badly !== undefined && chosen.size < limit / 2) takeWithWay(badly);
    }
    yield;
  }
  for (const root of roots) {
    if (chosen.size >= limit) break;
    for (const row of db.all<JobRow>(TRACE_OLDEST, root, limit)) take(row);
    yield;
  }
  return [...chosen.values()].toSorted(bySeq);
}

interface EventRow {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly created_at: number;
  readonly job_id: string | null;
  readonly attempt: number | null;
}

function* eventsOf(
  db: Connection,
  { rows, ids, most }: { readonly rows: readonly JobRow[]; readonly ids: string; readonly most: number },
): Generator<undefined, { readonly events: readonly TracedEvent[]; readonly more: boolean }> {
  const causes = [...new Set(rows.flatMap(({ source_event_id: id }) => (id === null ? [] : [id])))];
  const caused = db.all<EventRow>(TRACE_CAUSES, JSON.stringify(causes), most);
  const emitted = db.all<EventRow>(TRACE_EVENTS, ids, most);
  yield;
  const found = new Map([...caused, ...emitted].map((row) => [row.seq, row]));
  const shown = [...found.values()].toSorted(bySeq);
  const eventIds = JSON.stringify([...new Set(shown.map(({ id }) => id))]);
  const decisions = db.all<DecisionRow>(TRACE_EVENT_DECISIONS, eventIds, 2 * most);
  yield;
  const byEvent = Map.groupBy(decisions, ({ event_id }) => event_id);
  const events = shown.map((row) => ({
    id: row.id,
    type: row.type,
    source: row.source,
    createdAt: row.created_at,
    jobId: row.job_id,
    attempt: row.attempt,
    decisions: (byEvent.get(row.id) ?? []).toSorted(bySeq).map(decisionOf),
  }));
  return { events, more: emitted.length >= most || decisions.length >= 2 * most };
}

function bySeq(one: { readonly seq: number }, other: { readonly seq: number }): number {
  return one.seq - other.seq;
}
