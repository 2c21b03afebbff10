import type { Command, CommandOutcomes } from '../../port/commands.ts';
import { admit } from '../admit.ts';
import { startProbe } from '../breaker-rows.ts';
import type { Connection } from '../connection.ts';
import { recordDecisions } from '../decision-rows.ts';

const INSERT_SLOT = `
  INSERT INTO slots (instance, schedule, slot_at, job_id) VALUES (?, ?, ?, ?)
  ON CONFLICT (instance, schedule, slot_at) DO NOTHING`;

const NAME_JOB = 'UPDATE slots SET job_id = ? WHERE instance = ? AND schedule = ? AND slot_at = ?';

/** No row to advance: a reload removed the schedule meanwhile. Its last slot still counts. */
const ADVANCE = `
  UPDATE schedules
  SET high_water_at = max(high_water_at, coalesce(?1, high_water_at)), last_job_id = ?2,
      last_slot_at = coalesce(?1, ?5)
  WHERE instance = ?3 AND id = ?4`;

/** Fires a slot unless it has fired before. */
export function fireSlot(
  db: Connection,
  { schedule, slotAt, draft, decisions, probe }: Extract<Command, { kind: 'fire_slot' }>,
): CommandOutcomes['fire_slot'] {
  const { instance, id } = schedule;
  if (slotAt !== null && db.run(INSERT_SLOT, instance, id, slotAt, draft.id) === 0) return { kind: 'already_fired' };
  const admission = admit(db, draft);
  if (slotAt !== null && admission.jobId !== draft.id) db.run(NAME_JOB, admission.jobId, instance, id, slotAt);
  db.run(ADVANCE, slotAt, admission.jobId, instance, id, draft.createdAt);
  // An absorbed draft may belong to a job that ended long ago; no probe could come of that.
  if (probe && admission.kind === 'admitted') startProbe(db, draft, admission.jobId);
  recordDecisions(db, decisions);
  return { kind: 'fired', admission };
}
