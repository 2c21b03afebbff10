import type { WebhookCounts } from '../port/deliveries.ts';
import type { Connection } from './connection.ts';

/** Deliveries that are counted in one go, which takes some milliseconds. */
const STEP = 50_000;

interface CountRow {
  readonly endpoint: string;
  readonly count: number;
  readonly last_at: number;
}

export const STEP_END = `
  SELECT received_at AS at FROM deliveries INDEXED BY deliveries_by_age
  WHERE received_at >= ? ORDER BY received_at LIMIT 1 OFFSET ?`;

export const COUNT_DELIVERIES = `
  SELECT endpoint, count(*) AS count, max(received_at) AS last_at FROM deliveries INDEXED BY deliveries_by_age
  WHERE received_at >= ? AND received_at < ? GROUP BY endpoint`;

export const COUNT_REPEATS = `
  SELECT endpoint, sum(count) AS count, max(last_at) AS last_at FROM delivery_repeats INDEXED BY delivery_repeats_by_age
  WHERE last_at >= ? GROUP BY endpoint`;

/** By the hour, so that the index of the age serves. */
export const COUNT_REFUSED = `
  SELECT endpoint, sum(count) AS count, max(last_at) AS last_at FROM rejections INDEXED BY rejections_by_age
  WHERE hour_at > ?1 - 3600000 AND last_at >= ?1 GROUP BY endpoint`;

/** Counts per endpoint, in the order of their names. Yields whenever the event loop should have a turn; each stretch between may see another moment of the database. */
export function* readWebhookCounts(
  db: Connection,
  since: number,
  step: number = STEP,
): Generator<undefined, readonly WebhookCounts[]> {
  const counts = new Map<string, WebhookCounts>();
  const add = (rows: readonly CountRow[], of: 'accepted' | 'repeated' | 'rejected'): void => {
    for (const { endpoint, count, last_at: lastAt } of rows) {
      const known = counts.get(endpoint) ?? { endpoint, accepted: 0, repeated: 0, rejected: 0, lastAt };
      counts.set(endpoint, { ...known, [of]: known[of] + count, lastAt: Math.max(known.lastAt, lastAt) });
    }
  };
  for (let from = since; ; yield) {
    const end = db.get<{ at: number }>(STEP_END, from, step)?.at;
    // However many came in one millisecond, each step gets further.
    const to = end === undefined ? Number.MAX_SAFE_INTEGER : Math.max(end, from + 1);
    add(db.all<CountRow>(COUNT_DELIVERIES, from, to), 'accepted');
    if (end === undefined) break;
    from = to;
  }
  add(db.all<CountRow>(COUNT_REPEATS, since), 'repeated');
  add(db.all<CountRow>(COUNT_REFUSED, since), 'rejected');
  return [...counts.values()].toSorted((one, other) => (one.endpoint < other.endpoint ? -1 : 1));
}
