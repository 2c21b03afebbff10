import type { Command, CommandOutcomes } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';
import { recordDecisions } from '../decision-rows.ts';
import { recordEvent } from '../record-event.ts';

const TELL = `
  UPDATE expectations SET missed_at = ?1
  WHERE name = ?2 AND seen_at IS ?3 AND (missed_at IS NULL) = (?1 IS NOT NULL)`;

/** Reports an expectation as missed or back, unless it was told already or has been seen meanwhile. */
export function tellExpectation(
  db: Connection,
  { name, news, seenAt, at, decision, routed }: Extract<Command, { kind: 'tell_expectation' }>,
): CommandOutcomes['tell_expectation'] {
  if (db.run(TELL, news === 'missed' ? at : null, name, seenAt) === 0) return { kind: 'stale' };
  recordDecisions(db, [decision]);
  if (routed !== null) recordEvent(db, routed);
  return { kind: 'told' };
}
