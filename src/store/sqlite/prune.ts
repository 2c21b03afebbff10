import type { Retention } from '../port.ts';
import type { Connection } from './connection.ts';

/** Most rows of a kind that one batch deletes. */
const PRUNE_BATCH = 100;

const ENDED_JOBS = `
  SELECT seq FROM jobs INDEXED BY jobs_ended
  WHERE status = ? AND completed_at < ? AND completed_at IS NOT NULL ORDER BY completed_at LIMIT ${PRUNE_BATCH}`;
const JOB_PARTS = [
  'DELETE FROM attempts WHERE job_seq = ?',
  'DELETE FROM results WHERE job_seq = ?',
  'DELETE FROM payloads WHERE job_seq = ?',
  'DELETE FROM jobs WHERE seq = ?',
];

/** An event stays as long as a job that it caused: that may run again and needs it. */
const EVENTS = `
  SELECT seq FROM events INDEXED BY events_by_age
  WHERE created_at < ? AND NOT EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_by_event WHERE source_event_id = events.id)
  ORDER BY created_at LIMIT ${PRUNE_BATCH}`;

const DECISIONS = `SELECT seq FROM decisions WHERE last_at < ? ORDER BY last_at LIMIT ${PRUNE_BATCH}`;

const MARKS = `
  SELECT instance, command, key FROM dedupe_marks INDEXED BY dedupe_marks_by_end
  WHERE live = 0 AND until_at <= ? ORDER BY until_at LIMIT ${PRUNE_BATCH}`;

/** What the high-water marks cover, kept as long as decisions. */
const SLOTS = `
  SELECT slots.instance, slots.schedule, slots.slot_at FROM slots INDEXED BY slots_by_age
  WHERE slots.slot_at < ? ORDER BY slots.slot_at LIMIT ${PRUNE_BATCH}`;

/** Versions that a later one replaced long ago and no failed attempt was given. */
const STATES = `
  SELECT old.seq FROM state_versions AS newer INDEXED BY state_versions_by_age
  CROSS JOIN state_versions AS old ON old.instance = newer.instance AND old.version = newer.version - 1
  WHERE newer.at < ? AND NOT EXISTS (
    SELECT 1 FROM attempts INDEXED BY attempts_needing_state
    WHERE attempts.instance = old.instance AND attempts.state_version = old.version AND outcome <> 'succeeded'
  ) ORDER BY newer.at LIMIT ${PRUNE_BATCH}`;

type Deletion = () => void;

/** Deletes one small batch of what retention allows; true when there may be more. Nothing is written when there is nothing to delete. */
export function prune(db: Connection, retention: Retention, now: number): boolean {
  const batches = [
    ...jobs(db, ['succeeded'], now - retention.succeededMs),
    ...jobs(db, ['failed', 'dead', 'cancelled'], now - retention.deadLettersMs),
    rows(db, { select: EVENTS, remove: 'DELETE FROM events WHERE seq = ?', before: now - retention.eventsMs }),
    rows(db, { select: DECISIONS, remove: 'DELETE FROM decisions WHERE seq = ?', before: now - retention.decisionsMs }),
    rows(db, {
      select: STATES,
      remove: 'DELETE FROM state_versions WHERE seq = ?',
      before: now - retention.succeededMs,
    }),
    marks(db, now),
    slots(db, now - retention.decisionsMs),
  ].filter((batch) => batch.length > 0);
  if (batches.length === 0) return false;
  db.transaction(() => {
    for (const deletion of batches.flat()) deletion();
  });
  // Not only full batches: an event may go once the last job that came of it has gone.
  return true;
}

function jobs(db: Connection, statuses: readonly string[], before: number): Deletion[][] {
  return statuses.map((status) =>
    db.all<{ seq: number }>(ENDED_JOBS, status, before).map(({ seq }) => () => {
      for (const part of JOB_PARTS) db.run(part, seq);
    }),
  );
}

function rows(
  db: Connection,
  { select, remove, before }: { readonly select: string; readonly remove: string; readonly before: number },
): Deletion[] {
  return db.all<{ seq: number }>(select, before).map(
    ({ seq }) =>
      () =>
        void db.run(remove, seq),
  );
}

function marks(db: Connection, now: number): Deletion[] {
  return db.all<{ instance: string; command: string; key: string }>(MARKS, now).map(
    ({ instance, command, key }) =>
      () =>
        void db.run('DELETE FROM dedupe_marks WHERE instance = ? AND command = ? AND key = ?', instance, command, key),
  );
}

function slots(db: Connection, before: number): Deletion[] {
  return db.all<{ instance: string; schedule: string; slot_at: number }>(SLOTS, before).map(
    ({ instance, schedule, slot_at: at }) =>
      () =>
        void db.run('DELETE FROM slots WHERE instance = ? AND schedule = ? AND slot_at = ?', instance, schedule, at),
  );
}
