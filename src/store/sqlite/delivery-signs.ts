import type { Delivery } from '../../domain/webhook/delivery.ts';
import type { Connection } from './connection.ts';
import { isBusy, isFull } from './sqlite-error.ts';

/** By what a repeat was known: the id that the sender gave says more than the same words do. */
export type Sign = 'sender_id' | 'fingerprint';

/** How signs are moved. */
export interface SignPace {
  /** Deliveries whose signs are gathered before. */
  readonly gathered: number;
  /** Signs that are moved at a time. */
  readonly step: number;
  /** How many are gathered is looked at after one of so many commits: that costs about as much as a delivery. */
  readonly lookEvery: number;
}

/** A step takes some 2 ms where the tree has a million signs. */
const PACE: SignPace = { gathered: 4_096, step: 256, lookEvery: 32 };

/** Lives as long as the connection; its rows come and go with those of `deliveries`, in the same transactions. */
const RECENT_SIGNS = `
  CREATE TEMP TABLE recent_signs (
    endpoint TEXT NOT NULL,
    sign ANY NOT NULL,
    delivery_seq INTEGER NOT NULL,
    PRIMARY KEY (endpoint, sign)
  ) STRICT, WITHOUT ROWID;

  INSERT INTO recent_signs
    SELECT endpoint, sender_id, seq FROM deliveries
    WHERE seq > (SELECT up_to FROM signs_moved) AND dedupe = 1 AND sender_id IS NOT NULL
    UNION ALL
    SELECT endpoint, fingerprint, seq FROM deliveries
    WHERE seq > (SELECT up_to FROM signs_moved) AND dedupe = 1 AND fingerprint IS NOT NULL;

  CREATE TEMP TRIGGER recent_signs_sender AFTER INSERT ON deliveries
  WHEN NEW.dedupe = 1 AND NEW.sender_id IS NOT NULL
  BEGIN
    INSERT INTO recent_signs VALUES (NEW.endpoint, NEW.sender_id, NEW.seq);
  END;

  CREATE TEMP TRIGGER recent_signs_fingerprint AFTER INSERT ON deliveries
  WHEN NEW.dedupe = 1 AND NEW.fingerprint IS NOT NULL
  BEGIN
    INSERT INTO recent_signs VALUES (NEW.endpoint, NEW.fingerprint, NEW.seq);
  END;

  CREATE TEMP TRIGGER recent_signs_end AFTER DELETE ON deliveries WHEN OLD.dedupe = 1
  BEGIN
    DELETE FROM recent_signs WHERE endpoint = OLD.endpoint AND sign IN (OLD.sender_id, OLD.fingerprint);
  END;`;

export const FIND_SIGNS = `
  SELECT
    coalesce(
      (SELECT delivery_seq FROM recent_signs WHERE endpoint = ?1 AND sign = ?2),
      (SELECT delivery_seq FROM delivery_signs WHERE endpoint = ?1 AND sign = ?2)
    ) AS sender_id,
    coalesce(
      (SELECT delivery_seq FROM recent_signs WHERE endpoint = ?1 AND sign = ?3),
      (SELECT delivery_seq FROM delivery_signs WHERE endpoint = ?1 AND sign = ?3)
    ) AS fingerprint`;

export const LAST_DELIVERY = `
  SELECT coalesce((SELECT max(seq) FROM deliveries), 0) AS last, up_to FROM signs_moved`;

/** Neighbours are moved together, since they share pages; the last of the next ones. */
export const LAST_OF_STEP = `
  SELECT endpoint, sign FROM recent_signs WHERE delivery_seq <= ? ORDER BY endpoint, sign LIMIT 1 OFFSET ?`;

/** Some may be there already: what was moved is known to be so only after the last of them. */
export const MOVE_STEP = `
  INSERT INTO delivery_signs SELECT endpoint, sign, delivery_seq FROM recent_signs
  WHERE (endpoint, sign) <= (?, ?) AND delivery_seq <= ? ORDER BY endpoint, sign ON CONFLICT DO NOTHING`;
export const FORGET_STEP = 'DELETE FROM recent_signs WHERE (endpoint, sign) <= (?, ?) AND delivery_seq <= ?';

const MOVE_REST = `
  INSERT INTO delivery_signs SELECT endpoint, sign, delivery_seq FROM recent_signs WHERE delivery_seq <= ?
  ORDER BY endpoint, sign ON CONFLICT DO NOTHING`;
const FORGET_REST = 'DELETE FROM recent_signs WHERE delivery_seq <= ?';

const ALL_MOVED = `
  UPDATE signs_moved SET up_to = min(?, coalesce((SELECT max(seq) FROM deliveries), 0))`;

/** Begins to gather signs on a connection that writes, with those that an earlier one gathered and did not move. */
export function gatherSigns(db: Connection): void {
  db.exec(RECENT_SIGNS);
}

/** The number of the delivery that this one repeats; null: it is the first. */
export function firstWithSign(
  db: Connection,
  { endpoint, senderId, fingerprint, dedupe }: Delivery,
): { readonly seq: number; readonly by: Sign } | null {
  if (!dedupe) return null;
  const bytes = fingerprint === null ? null : Buffer.from(fingerprint, 'hex');
  const found = db.get<Readonly<Record<Sign, number | null>>>(FIND_SIGNS, endpoint, senderId, bytes);
  const bySender = found?.sender_id ?? null;
  if (bySender !== null) return { seq: bySender, by: 'sender_id' };
  const byContent = found?.fingerprint ?? null;
  return byContent === null ? null : { seq: byContent, by: 'fingerprint' };
}

/** Moves signs to where they stay. */
export interface SignMoves {
  /** Call it after each commit: once enough are gathered it moves some, in a transaction of its own. */
  afterCommit(): void;
}

/** Moves, each in the order of the tree: of thousands of signs that came in any order, many then go to the same page. */
export function createSignMoves(db: Connection, { gathered, step, lookEvery } = PACE): SignMoves {
  /** What is being moved: the signs of deliveries up to this one. */
  let upTo: number | null = null;
  let commits = 0;

  function due(): number | null {
    commits++;
    if (commits % lookEvery !== 0) return null;
    const { last, up_to: moved } = db.get<{ last: number; up_to: number }>(LAST_DELIVERY) ?? { last: 0, up_to: 0 };
    return last - moved >= gathered ? last : null;
  }

  return {
    afterCommit() {
      const target = upTo ?? due();
      if (target === null) return;
      // A power cut would only have them moved again.
      db.setSynchronous('NORMAL');
      try {
        upTo = db.withoutWaiting(() => db.transaction(() => moveSome(db, { target, step })));
      } catch (error) {
        // They are kept where they are meanwhile; a commit that finds no room says so itself.
        if (!isFull(error) && !isBusy(error)) throw error;
      }
    },
  };
}

/** One step; what is left to be moved up to, null: nothing. */
function moveSome(db: Connection, { target, step }: { readonly target: number; readonly step: number }): number | null {
  const end = db.get<{ endpoint: string; sign: string | Uint8Array }>(LAST_OF_STEP, target, step - 1);
  if (end !== undefined) {
    db.run(MOVE_STEP, end.endpoint, end.sign, target);
    db.run(FORGET_STEP, end.endpoint, end.sign, target);
    return target;
  }
  db.run(MOVE_REST, target);
  db.run(FORGET_REST, target);
  db.run(ALL_MOVED, target);
  return null;
}
