import type { Command, CommandOutcomes } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';
import { recordDecisions } from '../decision-rows.ts';

const PAUSE = `
  UPDATE schedules SET paused_at = ?1, high_water_at = max(high_water_at, coalesce(?2, high_water_at))
  WHERE (paused_at IS NULL) = ?3 AND instance = ?4 AND id = ?5`;

const SCHEDULE = 'SELECT 1 FROM schedules WHERE instance = ? AND id = ?';

/** Pauses or resumes a schedule; one that stays as it was is not written. */
export function pauseSchedule(
  db: Connection,
  { schedule, paused, at, upTo, decisions }: Extract<Command, { kind: 'pause_schedule' }>,
): CommandOutcomes['pause_schedule'] {
  const { instance, id } = schedule;
  if (db.run(PAUSE, paused ? at : null, upTo, paused ? 1 : 0, instance, id) === 0) {
    return { kind: db.get(SCHEDULE, instance, id) === undefined ? 'unknown' : 'unchanged' };
  }
  recordDecisions(db, decisions);
  return { kind: 'changed' };
}
