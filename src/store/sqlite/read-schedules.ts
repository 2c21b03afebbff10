import type { Breaker } from '../../domain/breaker.ts';
import type { ScheduleState } from '../port/schedules.ts';
import type { Connection } from './connection.ts';

const SCHEDULES = `
  SELECT instance, id, hash, high_water_at AS highWaterAt, paused_at AS pausedAt, skip_at AS skipAt, last_job_id AS lastJobId, last_slot_at AS lastSlotAt
  FROM schedules ORDER BY instance, id`;

const BREAKERS = `
  SELECT instance, command, state, failures, opened_at AS openedAt, probe_job_id AS probeJobId
  FROM breakers ORDER BY instance, command`;

/** Every schedule's memory, by instance and id. */
export function readSchedules(db: Connection): readonly ScheduleState[] {
  return db.all<ScheduleState>(SCHEDULES).map((row) => ({ ...row }));
}

/** Every breaker that has seen something, by instance and command. */
export function readBreakers(
  db: Connection,
): readonly (Breaker & { readonly instance: string; readonly command: string })[] {
  return db.all<Breaker & { readonly instance: string; readonly command: string }>(BREAKERS).map((row) => ({ ...row }));
}
