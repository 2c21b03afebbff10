import type { DatabaseSync } from 'node:sqlite';

/** What an operator was told is done. */
export interface Order {
  readonly what: 'cancelled' | 'retried';
  readonly jobId: string;
  /** When the answer came, in epoch milliseconds. */
  readonly at: number;
}

/** A line of the log of orders. */
export function lineOf({ what, jobId, at }: Order): string {
  return `${what} ${jobId} ${at}\n`;
}

/** The log of orders; a line that is just being written is left out. */
export function ordersIn(log: string): readonly Order[] {
  return log
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [what, jobId = '', at] = line.split(' ');
      return { what: what === 'retried' ? 'retried' : 'cancelled', jobId, at: Number(at) };
    });
}

/** An acknowledged cancellation holds and nothing of the job begins afterwards; a job whose retry was acknowledged has run again. */
export function broken(database: DatabaseSync, orders: readonly Order[]): readonly string[] {
  const find = database.prepare(
    `SELECT jobs.status, max(attempts.started_at) AS latest, count(*) FILTER (WHERE attempts.started_at >= ?) AS since
     FROM jobs LEFT JOIN attempts ON attempts.job_seq = jobs.seq WHERE jobs.id = ? GROUP BY jobs.seq`,
  );
  return orders.flatMap(({ what, jobId, at }) => {
    const job = find.get(at, jobId);
    if (job === undefined) return [`${what} and lost: ${jobId}`];
    if (what === 'retried') return job.status === 'failed' ? [`retried, but still failed: ${jobId}`] : [];
    if (job.status !== 'cancelled') return [`cancelled, but ${String(job.status)}: ${jobId}`];
    return Number(job.since) > 0 ? [`an attempt began after its job was cancelled: ${jobId}`] : [];
  });
}
