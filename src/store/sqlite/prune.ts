import type { Retention } from '../port.ts';
import type { Connection } from './connection.ts';
import { KEY_MS } from './once.ts';

/** Most jobs of a status that one batch deletes, each with its rows elsewhere and some twenty entries of indexes: about a millisecond, which whoever commits meanwhile has to wait. */
const JOB_BATCH = 25;
/** Most rows of any other kind. */
const PRUNE_BATCH = 100;
/** Most rows of a kind that one batch looks at; some may not go. */
const LOOKED_AT = 1_000;

const ENDED_JOBS = `
  SELECT seq FROM jobs INDEXED BY jobs_ended
  WHERE status = ? AND completed_at < ? AND completed_at IS NOT NULL ORDER BY completed_at LIMIT ${JOB_BATCH}`;
const JOB_PARTS = [
  'DELETE FROM attempts WHERE job_seq = ?',
  'DELETE FROM results WHERE job_seq = ?',
  'DELETE FROM payloads WHERE job_seq = ?',
  'DELETE FROM dead_letters WHERE job_seq = ?',
  'DELETE FROM replays WHERE job_seq = ?',
  'DELETE FROM jobs WHERE seq = ?',
];

/** An event stays as long as a job that it caused: that may run again and needs it. */
const EVENTS: Walk = {
  look: `
    SELECT seq, created_at AS at, EXISTS (
      SELECT 1 FROM jobs INDEXED BY jobs_by_event WHERE source_event_id = events.id
    ) AS kept
    FROM events INDEXED BY events_by_age
    WHERE (created_at, seq) > (?, ?) AND created_at < ? ORDER BY created_at, seq LIMIT ${LOOKED_AT}`,
  remove: ['DELETE FROM events WHERE seq = ?'],
};

/** Versions that a later one replaced long ago and no failed attempt was given. */
const STATES: Walk = {
  look: `
    SELECT newer.seq, newer.at, old.seq AS target, old.seq IS NULL OR EXISTS (
      SELECT 1 FROM attempts INDEXED BY attempts_needing_state
      WHERE attempts.instance = old.instance AND attempts.state_version = old.version AND outcome <> 'succeeded'
    ) AS kept
    FROM state_versions AS newer INDEXED BY state_versions_by_age
    LEFT JOIN state_versions AS old ON old.instance = newer.instance AND old.version = newer.version - 1
    WHERE (newer.at, newer.seq) > (?, ?) AND newer.at < ? ORDER BY newer.at, newer.seq LIMIT ${LOOKED_AT}`,
  remove: ['DELETE FROM state_versions WHERE seq = ?'],
};

/** A delivery stays as long as its job, or one that runs it again, which may run again and is told of it; and as an event whose payload it holds. */
const DELIVERIES: Walk = {
  look: `
    SELECT seq, received_at AS at, (job_id IS NOT NULL AND EXISTS (SELECT 1 FROM jobs WHERE jobs.id = job_id))
      OR EXISTS (SELECT 1 FROM replays INDEXED BY replays_by_delivery WHERE delivery_seq = deliveries.seq)
      OR EXISTS (SELECT 1 FROM events WHERE events.id = deliveries.event_id AND events.delivery_seq = deliveries.seq) AS kept
    FROM deliveries INDEXED BY deliveries_by_age
    WHERE (received_at, seq) > (?, ?) AND received_at < ? ORDER BY received_at, seq LIMIT ${LOOKED_AT}`,
  remove: ['DELETE FROM delivery_repeats WHERE delivery_seq = ?', 'DELETE FROM deliveries WHERE seq = ?'],
};

/**
 * Configurations that were replaced, once no job is left that was made while they were in force, or by an attempt that
 * then went on for the longest time it may.
 */
const CONFIGS = `
  SELECT old.seq FROM config_versions AS old JOIN config_versions AS next
    ON next.seq = (SELECT MIN(seq) FROM config_versions WHERE seq > old.seq)
  WHERE next.at < ? AND NOT EXISTS (
    SELECT 1 FROM jobs INDEXED BY jobs_by_age WHERE created_at < next.at + ${8 * 86_400_000}
  ) ORDER BY old.seq LIMIT ${PRUNE_BATCH}`;

const DECISIONS = `SELECT seq FROM decisions WHERE last_at < ? ORDER BY last_at LIMIT ${PRUNE_BATCH}`;

/** Hours that were over by then. */
const REJECTIONS = `SELECT seq FROM rejections WHERE hour_at < ? - 3600000 ORDER BY hour_at LIMIT ${PRUNE_BATCH}`;

/** That were revoked or have expired. */
const TOKENS = `
  SELECT seq FROM tokens WHERE (ended_at IS NOT NULL AND ended_at < ?1) OR (expires_at IS NOT NULL AND expires_at < ?1)
  LIMIT ${PRUNE_BATCH}`;
const KEYS = `SELECT seq FROM idempotency_keys WHERE at <= ? ORDER BY at LIMIT ${PRUNE_BATCH}`;

const MARKS = `
  SELECT instance, command, key FROM dedupe_marks INDEXED BY dedupe_marks_by_end
  WHERE live = 0 AND until_at <= ? ORDER BY until_at LIMIT ${PRUNE_BATCH}`;

/** What the high-water marks cover, kept as long as decisions. */
const SLOTS = `
  SELECT slots.instance, slots.schedule, slots.slot_at FROM slots INDEXED BY slots_by_age
  WHERE slots.slot_at < ? ORDER BY slots.slot_at LIMIT ${PRUNE_BATCH}`;

/** Changes that are kept for those who come back to the stream, the newest ones: enough for hours of ordinary work. */
const CHANGES_KEPT = 200_000;
/** Their rows are small and lie side by side. */
const CHANGES_BATCH = 2_000;
const OLD_CHANGES = `
  SELECT min(seq) AS first, (SELECT max(seq) FROM changes) - ${CHANGES_KEPT} AS last FROM changes`;

type Deletion = () => void;

/** Rows in the order of their age of which some may not go, so that each is looked at once in a pass. */
interface Walk {
  readonly look: string;
  /** With the `target` of the row, else its `seq`. */
  readonly remove: readonly string[];
}

/** The last row of a walk that was looked at. */
interface Place {
  readonly at: number;
  readonly seq: number;
}

const BEGINNING: Place = { at: Number.MIN_SAFE_INTEGER, seq: 0 };

/** Deletes one small batch of what retention allows; true when there may be more, false at the end of a pass. */
export type Prune = (retention: Retention, now: number) => boolean;

/** Pruning that remembers how far a pass got. Nothing is written when there is nothing to delete. */
export function createPrune(db: Connection): Prune {
  const events = walker(db, EVENTS);
  const states = walker(db, STATES);
  const deliveries = walker(db, DELIVERIES);
  const walkers = [events, states, deliveries];

  function batchesOf(retention: Retention, now: number): readonly Deletion[][] {
    const ended = [
      ...jobs(db, ['succeeded'], now - retention.succeededMs),
      ...jobs(db, ['failed', 'dead', 'cancelled'], now - retention.deadLettersMs),
    ];
    // First: an event or a state may go once the last job that needed it has gone.
    if (ended.some((batch) => batch.length > 0)) return ended;
    return [
      events.batch(now - retention.eventsMs),
      states.batch(now - retention.succeededMs),
      deliveries.batch(now - retention.deliveriesMs),
      rows(db, {
        select: REJECTIONS,
        remove: 'DELETE FROM rejections WHERE seq = ?',
        before: now - retention.rejectionsMs,
      }),
      rows(db, {
        select: DECISIONS,
        remove: 'DELETE FROM decisions WHERE seq = ?',
        before: now - retention.decisionsMs,
      }),
      rows(db, {
        select: CONFIGS,
        remove: 'DELETE FROM config_versions WHERE seq = ?',
        before: now - retention.eventsMs,
      }),
      changes(db),
      rows(db, {
        select: TOKENS,
        remove: 'DELETE FROM tokens WHERE seq = ?',
        before: now - retention.deadLettersMs,
      }),
      rows(db, { select: KEYS, remove: 'DELETE FROM idempotency_keys WHERE seq = ?', before: now - KEY_MS }),
      marks(db, now),
      slots(db, now - retention.decisionsMs),
    ];
  }

  return (retention, now) => {
    const deletions = batchesOf(retention, now).flat();
    if (deletions.length > 0) {
      db.transaction(() => {
        for (const deletion of deletions) deletion();
      });
    }
    if (deletions.length > 0 || walkers.some((each) => !each.done())) return true;
    for (const each of walkers) each.startOver();
    return false;
  };
}

interface Walker {
  /** Moves on, by at most 1,000 rows, and gives at most 100 deletions. */
  batch(before: number): Deletion[];
  done(): boolean;
  startOver(): void;
}

function walker(db: Connection, { look, remove }: Walk): Walker {
  let place = BEGINNING;
  let done = false;
  return {
    batch(before) {
      const seen = db.all<Place & { kept: 0 | 1; target?: number }>(look, place.at, place.seq, before);
      const deletions: Deletion[] = [];
      done = seen.length < LOOKED_AT;
      for (const row of seen) {
        if (deletions.length >= PRUNE_BATCH) {
          done = false;
          break;
        }
        place = row;
        if (row.kept === 1) continue;
        deletions.push(() => {
          for (const statement of remove) db.run(statement, row.target ?? row.seq);
        });
      }
      return deletions;
    },
    done: () => done,
    startOver() {
      place = BEGINNING;
      done = false;
    },
  };
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

function changes(db: Connection): Deletion[] {
  const { first, last } = db.get<{ first: number | null; last: number | null }>(OLD_CHANGES) ?? {};
  if (first === null || first === undefined || last === null || last === undefined || first > last) return [];
  const upTo = Math.min(last, first + CHANGES_BATCH - 1);
  return [() => void db.run('DELETE FROM changes WHERE seq <= ?', upTo)];
}

function slots(db: Connection, before: number): Deletion[] {
  return db.all<{ instance: string; schedule: string; slot_at: number }>(SLOTS, before).map(
    ({ instance, schedule, slot_at: at }) =>
      () =>
        void db.run('DELETE FROM slots WHERE instance = ? AND schedule = ? AND slot_at = ?', instance, schedule, at),
  );
}
