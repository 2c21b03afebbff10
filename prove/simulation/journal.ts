import type { DatabaseSync } from 'node:sqlite';
import { type JobStatus, TRANSITIONS } from '../../src/domain/job.ts';
import { type Move, transitionOf } from './move.ts';
import { noSuspicions, type Suspicions } from './suspicion.ts';

/** Tables beside the product's own, in which the database itself notes every change of a job's status and every skipped slot. */
export const JOURNAL_SCHEMA = `
  CREATE TABLE simulation_moves (
    seq INTEGER PRIMARY KEY, job INTEGER, id TEXT, instance TEXT, before TEXT, after TEXT, attempt_before INTEGER, attempt INTEGER,
    used_before INTEGER, used INTEGER, orphans INTEGER, code TEXT
  );
  CREATE TRIGGER simulation_made AFTER INSERT ON jobs BEGIN
    INSERT INTO simulation_moves (job, id, instance, before, after, attempt_before, attempt, used_before, used, orphans, code)
    VALUES (new.seq, new.id, new.instance, NULL, new.status, 0, new.attempt, 0, new.attempts_used, new.orphans, NULL);
  END;
  CREATE TRIGGER simulation_moved AFTER UPDATE OF status ON jobs BEGIN
    INSERT INTO simulation_moves (job, id, instance, before, after, attempt_before, attempt, used_before, used, orphans, code)
    VALUES (new.seq, new.id, new.instance, old.status, new.status, old.attempt, new.attempt, old.attempts_used,
      new.attempts_used, new.orphans, new.last_error_code);
  END;
  CREATE TABLE simulation_skips (seq INTEGER PRIMARY KEY, schedule TEXT, code TEXT, value TEXT);
  CREATE TRIGGER simulation_skipped AFTER INSERT ON decisions WHEN new.code LIKE 'slot_%' BEGIN
    INSERT INTO simulation_skips (schedule, code, value) VALUES (new.schedule, new.code, new.value);
  END;
  CREATE TRIGGER simulation_skipped_again AFTER UPDATE ON decisions WHEN new.code LIKE 'slot_%' BEGIN
    INSERT INTO simulation_skips (schedule, code, value) VALUES (new.schedule, new.code, new.value);
  END;
`;

/** What the moves so far make of a job. */
export interface Followed {
  readonly id: string;
  readonly instance: string;
  readonly status: JobStatus;
  readonly attempt: number;
}

/** Follows every job through the database's own journal. */
export interface Journal {
  /** Reads what was committed since the last call; tells what of it is illegal. */
  read(
    caps: ReadonlyMap<string, number>,
    slots: number,
  ): { readonly moves: readonly Move[]; readonly wrong: readonly string[] };
  readonly jobs: ReadonlyMap<string, Followed>;
  readonly moves: readonly Move[];
  /** How often each transition was taken, as `from by`. */
  readonly taken: ReadonlyMap<string, number>;
  /** How often jobs came to an error that the core gives only to them. */
  readonly errors: ReadonlyMap<string, number>;
  readonly suspicions: Suspicions;
  running(): readonly Followed[];
}

/** A journal over a connection to the world's database. */
export function openJournal(database: DatabaseSync): Journal {
  const newer = database.prepare('SELECT * FROM simulation_moves WHERE seq > ? ORDER BY seq');
  const jobs = new Map<string, Followed>();
  const moves: Move[] = [];
  const taken = new Map<string, number>();
  const errors = new Map<string, number>();
  const running = new Set<string>();
  const suspicions = noSuspicions();

  function follow(move: Move, caps: ReadonlyMap<string, number>, slots: number): readonly string[] {
    const { id, instance, before, after, attempt } = move;
    const known = jobs.get(id);
    const about = `job ${id} (${instance}) went from ${before} to ${after} at attempt ${attempt}`;
    const wrong: string[] = [];
    if ((known?.status ?? null) !== before) wrong.push(`moves: ${about}, but was ${known?.status ?? 'not there'}`);
    jobs.set(id, { id, instance, status: after, attempt });
    running.delete(id);
    wrong.push(...suspicions.follow(move, [...running]));
    if (before === 'running' && move.code !== null) errors.set(move.code, (errors.get(move.code) ?? 0) + 1);
    if (before === null) return after === 'queued' ? wrong : [...wrong, `moves: ${about}`];
    const by = transitionOf(move);
    if (by === null || TRANSITIONS[before][by] !== after)
      return [...wrong, `moves: ${about}, which no transition allows`];
    taken.set(`${before} ${by}`, (taken.get(`${before} ${by}`) ?? 0) + 1);
    const grown = attempt - move.attempt_before;
    if (grown !== (by === 'claim' ? 1 : 0)) wrong.push(`attempts: ${about}, ${grown} later than before`);
    if (by === 'claim') {
      running.add(id);
      wrong.push(...crowded(instance, caps.get(instance) ?? 0, slots));
    }
    return wrong;
  }

  function crowded(instance: string, cap: number, slots: number): readonly string[] {
    const beside = [...running].filter((id) => jobs.get(id)?.instance === instance).length;
    return [
      ...(beside > cap ? [`cap: ${beside} attempts of ${instance} at a cap of ${cap}`] : []),
      ...(running.size > slots ? [`slots: ${running.size} attempts in ${slots} slots`] : []),
    ];
  }

  return {
    read(caps, slots) {
      const found = newer.all(moves.at(-1)?.seq ?? 0) as unknown as readonly Move[];
      const wrong = found.flatMap((move) => follow(move, caps, slots));
      moves.push(...found);
      return { moves: found, wrong };
    },
    jobs,
    moves,
    taken,
    errors,
    suspicions,
    running: () => [...running].flatMap((id) => jobs.get(id) ?? []),
  };
}
