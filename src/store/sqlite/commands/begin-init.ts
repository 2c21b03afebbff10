import type { Command, CommandOutcomes } from '../../port/commands.ts';
import { admit } from '../admit.ts';
import type { Connection } from '../connection.ts';
import { recordDecisions } from '../decision-rows.ts';

/** The instance if it waits for init, and whether a job is at it. */
const WAITING = `
  SELECT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = i.init_job_id AND jobs.completed_at IS NULL) AS active
  FROM instances AS i WHERE i.name = ? AND i.unhealthy_at IS NOT NULL AND i.init_wanted = ?`;

const REMEMBER = 'UPDATE instances SET init_job_id = ?, init_tried = ? WHERE name = ?';

/** Admits the job of an init that is wanted and that no other job is at. */
export function beginInit(
  db: Connection,
  { draft, hash, decision }: Extract<Command, { kind: 'begin_init' }>,
): CommandOutcomes['begin_init'] {
  const waiting = db.get<{ active: 0 | 1 }>(WAITING, draft.instance, hash);
  if (waiting === undefined) return { kind: 'not_wanted' };
  if (waiting.active === 1) return { kind: 'active' };
  admit(db, draft);
  db.run(REMEMBER, draft.id, hash, draft.instance);
  recordDecisions(db, [decision]);
  return { kind: 'begun' };
}
