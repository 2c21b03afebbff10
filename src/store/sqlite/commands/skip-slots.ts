import type { Command } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';
import { recordDecisions } from '../decision-rows.ts';
import { recordEvent } from '../record-event.ts';

const ADVANCE = 'UPDATE schedules SET high_water_at = ? WHERE instance = ? AND id = ? AND high_water_at < ?';

/** Moves the high-water mark forward, never back, with the reasons. */
export function skipSlots(
  db: Connection,
  { schedule, upTo, decisions, routed }: Extract<Command, { kind: 'skip_slots' }>,
): null {
  db.run(ADVANCE, upTo, schedule.instance, schedule.id, upTo);
  recordDecisions(db, decisions);
  if (routed !== null) recordEvent(db, routed);
  return null;
}
