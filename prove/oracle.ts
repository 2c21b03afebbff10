import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { charged, gaps, overlapping, overlappingRecords, unrecorded } from './oracle-attempts.ts';
import { lineage } from './oracle-lineage.ts';
import { broken, ordersIn } from './oracle-orders.ts';
import { foldedStates } from './oracle-state.ts';
import { type Effect, effectsOf, type Site } from './site.ts';

/** What the evidence says: figures, and everything that contradicts a promise. */
export interface Findings {
  readonly acknowledged: number;
  readonly jobs: number;
  readonly attempts: number;
  /** Acknowledged cancellations and retries. */
  readonly orders: number;
  /** Effects beyond one per job. */
  readonly duplicates: number;
  /** Jobs given up because the gateway ended while they ran alone. */
  readonly poisoned: number;
  readonly violations: readonly string[];
}

interface JobRow {
  readonly id: string;
  readonly instance: string;
  readonly status: string;
  readonly submitted_by: string;
  readonly source_event_id: string | null;
  readonly last_error_code: string | null;
  /** How many of its latest attempts, without a break, were orphaned. */
  readonly orphaned: number;
}

const JOBS = `
  SELECT id, instance, status, submitted_by, source_event_id, last_error_code,
    attempt - coalesce((SELECT max(attempts.attempt) FROM attempts
      WHERE attempts.job_seq = jobs.seq AND attempts.outcome <> 'orphaned'), 0) AS orphaned
  FROM jobs`;

/** What is different from a campaign in which every job succeeds and has an effect. */
export interface Expected {
  /** The status, or the statuses, with which jobs of an instance must have ended. */
  readonly ends?: Readonly<Record<string, string | readonly string[]>>;
  /** Instances whose plugins write nothing into the log of effects. */
  readonly silent?: readonly string[];
  /** Instances whose jobs an operator may have retried. */
  readonly retried?: readonly string[];
}

/** Compares what was promised with what is there, once the queue has run empty and the gateway has stopped. */
export function judge(site: Site, { ends = {}, silent = [], retried = [] }: Expected = {}): Findings {
  const acknowledged = readFileSync(site.acknowledgements, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const orders = ordersIn(readFileSync(site.orders, 'utf8'));
  const effects = effectsOf(site);
  const database = new DatabaseSync(site.database, { readOnly: true });
  try {
    const jobs = database.prepare(JOBS).all() as unknown as JobRow[];
    const done = effects.filter(({ what }) => what === 'end');
    return {
      acknowledged: acknowledged.length,
      jobs: jobs.length,
      attempts: Number(database.prepare('SELECT count(*) AS n FROM attempts').get()?.n),
      orders: orders.length,
      duplicates: done.length - new Set(done.map(({ jobId }) => jobId)).size,
      poisoned: jobs.filter(({ status, last_error_code }) => status === 'dead' && last_error_code === 'poison').length,
      violations: [
        ...lost(acknowledged, jobs),
        ...endedOtherwise(jobs, ends),
        ...withoutEffect(
          jobs.filter(({ instance }) => !silent.includes(instance)),
          done,
        ),
        ...overlapping(effects),
        ...unrecorded(database, effects),
        ...broken(database, orders),
        ...contradictions(database, site, retried),
      ],
    };
  } finally {
    database.close();
  }
}

/** What no database may hold, at whatever moment its gateway ended. */
export function contradictions(
  database: DatabaseSync,
  site: Pick<Site, 'config'>,
  retried: readonly string[] = [],
): readonly string[] {
  return [
    ...overlappingRecords(database),
    ...gaps(database),
    ...charged(database, retried),
    ...lineage(database, site),
    ...foldedStates(database),
    ...integrity(database),
  ];
}

/** Jobs that clients were given and that are not there. */
export function lost(acknowledged: readonly string[], jobs: readonly { readonly id: string }[]): readonly string[] {
  const known = new Set(jobs.map(({ id }) => id));
  return acknowledged.filter((id) => !known.has(id)).map((id) => `acknowledged and lost: ${id}`);
}

function endedOtherwise(jobs: readonly JobRow[], ends: Required<Expected>['ends']): readonly string[] {
  return jobs
    .filter((job) => ![ends[job.instance] ?? 'succeeded'].flat().includes(job.status) && !givenUp(job))
    .map(({ id, instance, status, last_error_code }) => {
      const why = last_error_code === null ? '' : ` (${last_error_code})`;
      return `still or wrongly ${status}${why}: ${id} of ${instance}`;
    });
}

/** Rightly dead: the gateway ended often enough under it. Whether a poisoned job ran alone, the kills must tell. */
function givenUp({ status, last_error_code, orphaned }: JobRow): boolean {
  if (status !== 'dead') return false;
  return (last_error_code === 'poison' && orphaned >= 3) || (last_error_code === 'orphan_limit' && orphaned >= 11);
}

function withoutEffect(jobs: readonly JobRow[], ends: readonly Effect[]): readonly string[] {
  const done = new Set(ends.map(({ jobId }) => jobId));
  return jobs
    .filter(({ id, status }) => status === 'succeeded' && !done.has(id))
    .map(({ id }) => `succeeded without an effect: ${id}`);
}

function integrity(database: DatabaseSync): readonly string[] {
  const rows = database.prepare('PRAGMA integrity_check').all();
  return rows.length === 1 && rows[0]?.integrity_check === 'ok' ? [] : [`integrity: ${JSON.stringify(rows)}`];
}
