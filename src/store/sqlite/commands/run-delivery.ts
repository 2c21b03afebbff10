import type { Command, CommandOutcomes } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';
import { beginWork } from '../delivery-work.ts';
import { recordOwnDecision } from '../own-decision.ts';

export const OBSERVED = 'SELECT seq, endpoint, job_id, event_id, body FROM deliveries WHERE id = ?';

interface ObservedRow {
  readonly seq: number;
  readonly endpoint: string;
  readonly job_id: string | null;
  readonly event_id: string | null;
  readonly body: Uint8Array;
}

/** Gives a delivery that was only observed its work, once. */
export function runDelivery(
  db: Connection,
  { id, work, at }: Extract<Command, { kind: 'run_delivery' }>,
): CommandOutcomes['run_delivery'] {
  const row = db.get<ObservedRow>(OBSERVED, id);
  if (row === undefined) return { kind: 'unknown' };
  if (row.job_id !== null || row.event_id !== null) return { kind: 'has_run' };
  const became = beginWork(db, work, { seq: row.seq, body: row.body, jobId: null, eventId: null });
  recordOwnDecision(db, {
    code: 'delivery_run',
    at,
    text: `Somebody had delivery ${id} of the webhook ${row.endpoint} run, which was only observed.`,
    ...became,
    instance: work.draft?.instance ?? null,
    schedule: null,
    route: null,
    values: { endpoint: row.endpoint, delivery_id: id },
    collapseKey: null,
  });
  return { kind: 'run', ...became };
}
