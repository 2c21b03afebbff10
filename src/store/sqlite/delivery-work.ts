import type { DeliveryWork } from '../../domain/webhook/delivery.ts';
import type { Became } from '../port/deliveries.ts';
import { admit } from './admit.ts';
import type { Connection } from './connection.ts';
import { recordEvent } from './record-event.ts';
import { expectOne } from './stored-job.ts';

export const NAME_WORK = 'UPDATE deliveries SET job_id = ?, event_id = ? WHERE seq = ?';

/** Admits the job and records the event that a delivery becomes, within the transaction; its row names them afterwards. */
export function beginWork(
  db: Connection,
  { draft, routed }: DeliveryWork,
  /** The row, and what it names already. */
  row: Became & { readonly seq: number; readonly body: Uint8Array },
): Became {
  const body = { deliverySeq: row.seq, body: row.body };
  const jobId = draft === null ? null : admit(db, draft, { body }).jobId;
  const eventId = routed === null ? null : recordEvent(db, routed, body).eventId;
  if (jobId !== row.jobId || eventId !== row.eventId) {
    expectOne(db.run(NAME_WORK, jobId, eventId, row.seq), 'naming the work of a delivery');
  }
  return { jobId, eventId };
}
