import type { Command, CommandOutcomes } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';
import { recordDecisions } from '../decision-rows.ts';

const PAUSE_GATEWAY = 'UPDATE gateway SET paused_at = ? WHERE (paused_at IS NULL) = ?';

const PAUSE_INSTANCE = 'UPDATE instances SET paused_at = ? WHERE (paused_at IS NULL) = ? AND name = ?';

const INSTANCE = 'SELECT 1 FROM instances WHERE name = ?';

/** A pause is no time during which init could have succeeded. */
const WAIT_AFRESH =
  'UPDATE instances SET unhealthy_at = ?1 WHERE unhealthy_at IS NOT NULL AND (?2 IS NULL OR name = ?2)';

/** Pauses or resumes an instance, or the gateway; what stays as it was is not written. */
export function pause(
  db: Connection,
  { instance, paused, at, decision }: Extract<Command, { kind: 'pause' }>,
): CommandOutcomes['pause'] {
  const pausedAt = paused ? at : null;
  const running = paused ? 1 : 0;
  const rows =
    instance === null ? db.run(PAUSE_GATEWAY, pausedAt, running) : db.run(PAUSE_INSTANCE, pausedAt, running, instance);
  if (rows === 0) {
    return { kind: instance === null || db.get(INSTANCE, instance) !== undefined ? 'unchanged' : 'unknown' };
  }
  if (!paused) db.run(WAIT_AFRESH, at, instance);
  recordDecisions(db, [decision]);
  return { kind: 'changed' };
}
