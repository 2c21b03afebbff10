import type { Settlement } from '../../domain/settlement.ts';
import type { Connection } from './connection.ts';
import { recordDecisions } from './decision-rows.ts';
import { recordEvent } from './record-event.ts';

const READ = 'SELECT init_wanted, init_job_id, init_failed_at, unhealthy_at FROM instances WHERE name = ?';

/** What init did last counts: after one of an older configuration, the present one is to do again. */
const SUCCEEDED = `
  UPDATE instances SET init_done = ?1, init_failed_at = CASE WHEN init_wanted IS ?1 THEN NULL ELSE init_failed_at END,
    unhealthy_at = CASE WHEN init_wanted IS NULL OR init_wanted IS ?1 THEN NULL ELSE coalesce(unhealthy_at, ?2) END
  WHERE name = ?3`;

const FAILED = 'UPDATE instances SET init_failed_at = ? WHERE name = ?';

/** Lets the end of an init say how its instance is. An event tells of the first failure only, and of the success after one. */
export function feedHealth(
  db: Connection,
  job: { readonly id: string; readonly instance: string },
  { health, at }: { readonly health: NonNullable<Settlement['health']>; readonly at: number },
): void {
  const row = db.get<{
    init_wanted: string | null;
    init_job_id: string | null;
    init_failed_at: number | null;
    unhealthy_at: number | null;
  }>(READ, job.instance);
  if (row === undefined) return;
  const told = row.init_failed_at !== null;
  if (health.initHash !== null) {
    db.run(SUCCEEDED, health.initHash, at, job.instance);
    if (row.unhealthy_at === null || row.init_wanted !== health.initHash) return;
  } else {
    if (row.unhealthy_at === null || row.init_job_id !== job.id) return;
    if (!told) db.run(FAILED, at, job.instance);
  }
  recordDecisions(db, [health.decision]);
  const news = told === (health.initHash !== null);
  if (news && health.routed !== null) recordEvent(db, health.routed);
}
