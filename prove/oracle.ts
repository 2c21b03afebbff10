import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Where a campaign left its evidence. */
export interface Evidence {
  readonly database: string;
  /** One acknowledged job id a line, written and synced by the client. */
  readonly acknowledgements: string;
  /** One `<job id> <attempt> begin|end` a line, appended by the plugins. */
  readonly effects: string;
}

/** What the evidence says: figures, and everything that contradicts a promise. */
export interface Findings {
  readonly acknowledged: number;
  readonly jobs: number;
  /** Effects beyond one per job. */
  readonly duplicates: number;
  readonly violations: readonly string[];
}

interface JobRow {
  readonly id: string;
  readonly status: string;
  readonly attempt: number;
  readonly submitted_by: string;
  readonly source_event_id: string | null;
}

interface Effect {
  readonly jobId: string;
  readonly attempt: number;
  readonly what: string;
}

/** Compares what was promised with what is there, once the queue has run empty and the gateway has stopped. */
export function judge(evidence: Evidence): Findings {
  const acknowledged = lines(evidence.acknowledgements);
  const effects = lines(evidence.effects).map(effectOf);
  const database = new DatabaseSync(evidence.database, { readOnly: true });
  try {
    const jobs = database
      .prepare('SELECT id, status, attempt, submitted_by, source_event_id FROM jobs')
      .all() as unknown as JobRow[];
    const ends = effects.filter(({ what }) => what === 'end');
    return {
      acknowledged: acknowledged.length,
      jobs: jobs.length,
      duplicates: ends.length - new Set(ends.map(({ jobId }) => jobId)).size,
      violations: [
        ...lost(acknowledged, jobs),
        ...unfinished(jobs),
        ...withoutEffect(jobs, ends),
        ...overlapping(effects),
        ...gaps(database),
        ...doubledDownstream(jobs),
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

function unfinished(jobs: readonly JobRow[]): readonly string[] {
  return jobs
    .filter(({ status }) => status !== 'succeeded')
    .map(({ id, status }) => `still or wrongly ${status}: ${id}`);
}

function withoutEffect(jobs: readonly JobRow[], ends: readonly Effect[]): readonly string[] {
  const done = new Set(ends.map(({ jobId }) => jobId));
  return jobs.filter(({ id }) => !done.has(id)).map(({ id }) => `succeeded without an effect: ${id}`);
}

/** The log is append-only: once a later attempt of a job has begun, nothing of an earlier one may follow. */
function overlapping(effects: readonly Effect[]): readonly string[] {
  const latest = new Map<string, number>();
  return effects.flatMap(({ jobId, attempt }) => {
    const before = latest.get(jobId) ?? 0;
    latest.set(jobId, Math.max(before, attempt));
    return attempt < before ? [`attempt ${attempt} of ${jobId} overlaps attempt ${before}`] : [];
  });
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

function effectOf(line: string): Effect {
  const [jobId = '', attempt = '', what = ''] = line.split(' ');
  return { jobId, attempt: Number(attempt), what };
}

function lines(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
