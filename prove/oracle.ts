import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { foldedStates } from './oracle-state.ts';
import { type Effect, effectsOf, type Site } from './site.ts';

/** What the evidence says: figures, and everything that contradicts a promise. */
export interface Findings {
  readonly acknowledged: number;
  readonly jobs: number;
  readonly attempts: number;
  /** Effects beyond one per job. */
  readonly duplicates: number;
  readonly violations: readonly string[];
}

interface JobRow {
  readonly id: string;
  readonly instance: string;
  readonly status: string;
  readonly attempt: number;
  readonly submitted_by: string;
  readonly source_event_id: string | null;
}

/** What is different from a campaign in which every job succeeds and has an effect. */
export interface Expected {
  /** The status with which jobs of an instance must have ended. */
  readonly ends?: Readonly<Record<string, string>>;
  /** Instances whose plugins write nothing into the log of effects. */
  readonly silent?: readonly string[];
}

/** Compares what was promised with what is there, once the queue has run empty and the gateway has stopped. */
export function judge(site: Site, { ends = {}, silent = [] }: Expected = {}): Findings {
  const acknowledged = readFileSync(site.acknowledgements, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const effects = effectsOf(site);
  const database = new DatabaseSync(site.database, { readOnly: true });
  try {
    const jobs = database
      .prepare('SELECT id, instance, status, attempt, submitted_by, source_event_id FROM jobs')
      .all() as unknown as JobRow[];
    const done = effects.filter(({ what }) => what === 'end');
    return {
      acknowledged: acknowledged.length,
      jobs: jobs.length,
      attempts: Number(database.prepare('SELECT count(*) AS n FROM attempts').get()?.n),
      duplicates: done.length - new Set(done.map(({ jobId }) => jobId)).size,
      violations: [
        ...lost(acknowledged, jobs),
        ...endedOtherwise(jobs, ends),
        ...withoutEffect(
          jobs.filter(({ instance }) => !silent.includes(instance)),
          done,
        ),
        ...overlapping(effects),
        ...overlappingRecords(database),
        ...gaps(database),
        ...charged(database),
        ...doubledDownstream(jobs),
        ...foldedStates(database),
        ...integrity(database),
      ],
    };
  } finally {
    database.close();
  }
}

function lost(acknowledged: readonly string[], jobs: readonly JobRow[]): readonly string[] {
  const known = new Set(jobs.map(({ id }) => id));
  return acknowledged.filter((id) => !known.has(id)).map((id) => `acknowledged and lost: ${id}`);
}

function endedOtherwise(jobs: readonly JobRow[], ends: Readonly<Record<string, string>>): readonly string[] {
  return jobs
    .filter(({ instance, status }) => status !== (ends[instance] ?? 'succeeded'))
    .map(({ id, instance, status }) => `still or wrongly ${status}: ${id} of ${instance}`);
}

function withoutEffect(jobs: readonly JobRow[], ends: readonly Effect[]): readonly string[] {
  const done = new Set(ends.map(({ jobId }) => jobId));
  return jobs
    .filter(({ id, status }) => status === 'succeeded' && !done.has(id))
    .map(({ id }) => `succeeded without an effect: ${id}`);
}

/** The log is append-only: once a later attempt of a job has begun, nothing of an earlier one may follow, nor be met. */
function overlapping(effects: readonly Effect[]): readonly string[] {
  const latest = new Map<string, number>();
  return effects.flatMap(({ jobId, attempt, what, more }) => {
    const before = latest.get(jobId) ?? 0;
    latest.set(jobId, Math.max(before, attempt));
    if (what === 'met') return [`attempt ${attempt} of ${jobId} met ${more.join(' ')} of the attempt before`];
    return attempt < before ? [`attempt ${attempt} of ${jobId} overlaps attempt ${before}`] : [];
  });
}

function overlappingRecords(database: DatabaseSync): readonly string[] {
  const rows = database
    .prepare(
      `SELECT later.job_seq, later.attempt, later.started_at, earlier.ended_at
       FROM attempts AS later JOIN attempts AS earlier
         ON earlier.job_seq = later.job_seq AND earlier.attempt = later.attempt - 1
       WHERE later.started_at < earlier.ended_at`,
    )
    .all();
  return rows.map((row) => `the records of two attempts overlap: ${JSON.stringify(row)}`);
}

function gaps(database: DatabaseSync): readonly string[] {
  const rows = database
    .prepare(
      `SELECT jobs.id, jobs.attempt, count(attempts.attempt) AS kept, max(attempts.attempt) AS latest
       FROM jobs LEFT JOIN attempts ON attempts.job_seq = jobs.seq
       GROUP BY jobs.seq HAVING kept <> jobs.attempt OR latest <> jobs.attempt`,
    )
    .all();
  return rows.map((row) => `attempts are not contiguous: ${JSON.stringify(row)}`);
}

/** Neither the end of the gateway nor a shutdown nor an operator uses up an attempt. */
function charged(database: DatabaseSync): readonly string[] {
  const rows = database
    .prepare(
      `SELECT jobs.id, jobs.attempts_used,
         count(attempts.attempt) FILTER (WHERE attempts.outcome NOT IN ('orphaned', 'interrupted', 'cancelled')) AS due
       FROM jobs JOIN attempts ON attempts.job_seq = jobs.seq
       GROUP BY jobs.seq HAVING jobs.attempts_used <> due`,
    )
    .all();
  return rows.map((row) => `attempts were charged wrongly: ${JSON.stringify(row)}`);
}

function doubledDownstream(jobs: readonly JobRow[]): readonly string[] {
  const seen = new Set<string>();
  return jobs.flatMap(({ id, source_event_id, submitted_by }) => {
    if (source_event_id === null) return [];
    const cause = `${source_event_id} ${submitted_by}`;
    if (seen.has(cause)) return [`a second job for one event and route: ${id} (${cause})`];
    seen.add(cause);
    return [];
  });
}

function integrity(database: DatabaseSync): readonly string[] {
  const rows = database.prepare('PRAGMA integrity_check').all();
  return rows.length === 1 && rows[0]?.integrity_check === 'ok' ? [] : [`integrity: ${JSON.stringify(rows)}`];
}
