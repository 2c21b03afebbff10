import type { Command } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';
import { seenNotLater } from '../expectation-rows.ts';
import { failedNotLater } from '../untold-rows.ts';

/** Jobs between two attempts; one that never ran waits for an instant that somebody chose. */
const EARLIER = `
  UPDATE jobs INDEXED BY jobs_delayed SET run_at = run_at - ?1
  WHERE ready = 0 AND attempt > 0 AND run_at > ?2`;

/** Keeps the pauses between attempts as long as they were meant, and lets no sight and no failure lie in the future. */
export function clockBack(db: Connection, { byMs, at }: Extract<Command, { kind: 'clock_back' }>): null {
  db.run(EARLIER, byMs, at);
  seenNotLater(db, at);
  failedNotLater(db, at);
  return null;
}
