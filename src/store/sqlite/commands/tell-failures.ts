import type { Command, CommandOutcomes } from '../../port/commands.ts';
import { admit } from '../admit.ts';
import type { Connection } from '../connection.ts';
import { recordDecisions } from '../decision-rows.ts';

const TAKE = 'DELETE FROM untold WHERE seq <= ?';

const TOLD = 'UPDATE failure_watch SET told_at = ?';

/** Makes the job that tells of failures, or records why there is none; they are done with either way. */
export function tellFailures(
  db: Connection,
  { upTo, draft, decisions, at }: Extract<Command, { kind: 'tell_failures' }>,
): CommandOutcomes['tell_failures'] {
  if (db.run(TAKE, upTo) === 0) return { kind: 'stale' };
  if (draft !== null) {
    admit(db, draft);
    db.run(TOLD, at);
  }
  recordDecisions(db, decisions);
  return { kind: 'told' };
}
