import type { Retention } from '../port.ts';

/** How long the rows of a table stay, and how that is counted. */
export interface TableLife {
  /** A sentence for people. */
  readonly kept: string;
  /** Gives the instant of the oldest row as `at`. */
  readonly oldest?: string;
  /** Each counts the rows that are older than its one parameter allows, as `count`; `window`: rows that say themselves until when. */
  readonly due?: readonly { readonly by: keyof Retention | 'window'; readonly sql: string }[];
}

const WITH_JOB: TableLife = { kept: 'with its job' };

/**
 * The life of the rows of each table. A table that is missing here fails a test: whoever adds one says what keeps it
 * from growing for ever.
 */
export const TABLE_LIVES: Readonly<Record<string, TableLife>> = {
  jobs: {
    kept: 'succeeded and dead_letters, after its end',
    oldest: 'SELECT min(created_at) AS at FROM jobs',
    due: [
      {
        by: 'succeededMs',
        sql: "SELECT count(*) AS count FROM jobs WHERE status = 'succeeded' AND completed_at < ? AND completed_at IS NOT NULL",
      },
      {
        by: 'deadLettersMs',
        sql: "SELECT count(*) AS count FROM jobs WHERE status IN ('failed', 'dead', 'cancelled') AND completed_at < ? AND completed_at IS NOT NULL",
      },
    ],
  },
  payloads: WITH_JOB,
  results: WITH_JOB,
  attempts: { ...WITH_JOB, oldest: 'SELECT started_at AS at FROM attempts ORDER BY seq LIMIT 1' },
  events: {
    kept: 'events, or as long as a job that came of it',
    oldest: 'SELECT min(created_at) AS at FROM events',
    due: [{ by: 'eventsMs', sql: 'SELECT count(*) AS count FROM events WHERE created_at < ?' }],
  },
  decisions: {
    kept: 'decisions, after its last repeat',
    oldest: 'SELECT min(last_at) AS at FROM decisions',
    due: [{ by: 'decisionsMs', sql: 'SELECT count(*) AS count FROM decisions WHERE last_at < ?' }],
  },
  slots: {
    kept: 'decisions',
    oldest: 'SELECT min(slot_at) AS at FROM slots',
    due: [{ by: 'decisionsMs', sql: 'SELECT count(*) AS count FROM slots WHERE slot_at < ?' }],
  },
  deliveries: {
    kept: 'deliveries, or as long as its job or its event',
    oldest: 'SELECT min(received_at) AS at FROM deliveries',
    due: [{ by: 'deliveriesMs', sql: 'SELECT count(*) AS count FROM deliveries WHERE received_at < ?' }],
  },
  delivery_repeats: { kept: 'with its delivery' },
  delivery_signs: { kept: 'with its delivery' },
  signs_moved: { kept: 'one row' },
  rejections: {
    kept: 'rejected_deliveries',
    oldest: 'SELECT min(hour_at) AS at FROM rejections',
    due: [{ by: 'rejectionsMs', sql: 'SELECT count(*) AS count FROM rejections WHERE hour_at < ? - 3600000' }],
  },
  dedupe_marks: {
    kept: 'to the end of its window',
    due: [{ by: 'window', sql: 'SELECT count(*) AS count FROM dedupe_marks WHERE live = 0 AND until_at <= ?' }],
  },
  state_versions: {
    kept: 'succeeded, after a later one; the present one stays',
    oldest: 'SELECT min(at) AS at FROM state_versions',
  },
  config_versions: {
    kept: 'events, after it was replaced and its jobs have gone; the present one stays',
    oldest: 'SELECT min(at) AS at FROM config_versions',
  },
  changes: { kept: 'the latest 200,000' },
  tokens: { kept: 'dead_letters, after they were revoked or expired' },
  replays: WITH_JOB,
  dead_letters: WITH_JOB,
  dead_groups: { kept: 'as long as a job is in it' },
  ungrouped: { kept: 'two rows at most' },
  idempotency_keys: { kept: 'for a day' },
  untold: { kept: 'until it was told to service.on_failure' },
  failure_watch: { kept: 'one row' },
  gateway: { kept: 'one row' },
  barrier: { kept: 'one row' },
  instances: { kept: 'one row for each instance that is configured' },
  schedules: { kept: 'one row for each schedule that is configured' },
  expectations: { kept: 'one row for each expectation that is configured' },
  breakers: { kept: 'one row for each command that has failed on a schedule' },
};
