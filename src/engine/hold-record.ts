import type { Decision } from '../domain/decision.ts';
import { formatInstant } from '../domain/instant.ts';
import { isStorageRefusal } from '../domain/storage-refusal.ts';
import type { Held } from '../store/port/claims.ts';
import type { EngineParts } from './parts.ts';

/** A hold that goes on is written again this much later, in milliseconds. */
const AGAIN_MS = 60_000;
/** Holds of one hour are one record, so that it can be told later when they were, in milliseconds. */
const HOUR_MS = 3_600_000;

/** Writes down that limits kept due jobs, so that it can be told later. */
export interface HoldRecord {
  /** What the dispatcher found held; cheap while nothing is new. */
  note(held: readonly Held[]): void;
  /** Resolves once everything noted has been written. */
  written(): Promise<void>;
}

/**
 * A record of the holds by cap and by rate: at most one write a minute for each instance and reason, one row an hour.
 * Pauses, inits and suspects are recorded where they are decided.
 */
export function createHoldRecord({ store, clock, log, snapshot }: EngineParts): HoldRecord {
  const writtenAt = new Map<string, number>();
  let writing: Promise<unknown> = Promise.resolve();

  function isNews({ instance, reason }: Held, now: number): boolean {
    const last = writtenAt.get(`${reason}:${instance}`);
    // A clock that was set back must not silence it.
    return last === undefined || now - last >= AGAIN_MS || now < last;
  }

  function decisionOf({ instance, reason, until }: Held, at: number): readonly Decision[] {
    const configured = snapshot().instances.get(instance);
    const about = { at, instance, jobId: null, eventId: null, schedule: null, route: null };
    const hour = Math.floor(at / HOUR_MS);
    if (reason === 'cap') {
      const limit = configured?.concurrency ?? null;
      const text = `due jobs of ${instance} wait: as many run as its concurrency${limit === null ? '' : ` of ${limit}`} allows`;
      const code = 'held_cap';
      return [{ ...about, code, text, values: { concurrency: limit }, collapseKey: `${code}:${instance}:${hour}` }];
    }
    if (reason === 'rate') {
      const limit = configured?.rateLimit ?? null;
      const per = limit === null ? '' : ` of ${limit.count} per ${limit.perMs} ms`;
      const text = `due jobs of ${instance} wait: its rate limit${per} is used up`;
      const code = 'held_rate';
      const values = {
        ...(limit === null ? {} : { count: limit.count, per_ms: limit.perMs }),
        until: until === null ? null : formatInstant(until),
      };
      return [{ ...about, code, text, values, collapseKey: `${code}:${instance}:${hour}` }];
    }
    return [];
  }

  return {
    note(held) {
      const now = clock.now();
      const news = held.filter((one) => (one.reason === 'cap' || one.reason === 'rate') && isNews(one, now));
      if (news.length === 0) return;
      for (const { instance, reason } of news) writtenAt.set(`${reason}:${instance}`, now);
      const decisions = news.flatMap((one) => decisionOf(one, now));
      // Nobody waits for it: a hold is told of, never obeyed, by this record.
      const commit = store.commit({ kind: 'record', decisions }).catch((error: unknown) => {
        // Of its own refusals the store tells, once for everybody.
        if (isStorageRefusal(error)) return;
        log.error('a hold could not be recorded', { error: error instanceof Error ? error.message : error });
      });
      writing = Promise.all([writing, commit]);
    },
    async written() {
      await writing;
    },
  };
}
