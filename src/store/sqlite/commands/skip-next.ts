import type { Command, CommandOutcomes } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';

const SKIP = 'UPDATE schedules SET skip_at = ?1 WHERE skip_at IS NOT ?1 AND instance = ?2 AND id = ?3';

const SCHEDULE = 'SELECT 1 FROM schedules WHERE instance = ? AND id = ?';

/** Notes the slot that is to be skipped. */
export function skipNext(
  db: Connection,
  { schedule: { instance, id }, slotAt }: Extract<Command, { kind: 'skip_next' }>,
): CommandOutcomes['skip_next'] {
  if (db.run(SKIP, slotAt, instance, id) > 0) return { kind: 'changed' };
  return { kind: db.get(SCHEDULE, instance, id) === undefined ? 'unknown' : 'unchanged' };
}
