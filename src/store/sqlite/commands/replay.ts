import { isTerminal } from '../../../domain/job.ts';
import type { Command, CommandOutcomes } from '../../port/commands.ts';
import { admit } from '../admit.ts';
import type { Connection } from '../connection.ts';
import { takeOffDesk } from '../dead-letters.ts';
import { recordOwnDecision } from '../own-decision.ts';
import { FIRST_REPLAY } from '../replay-rows.ts';
import { expectOne, storedJob } from '../stored-job.ts';

/** The event of the original by its row: two sources may have chosen the same id. */
export const SAME_EVENT = `
  UPDATE jobs SET source_event_seq = (SELECT source_event_seq FROM jobs WHERE seq = ?) WHERE seq = ?`;

/** The delivery is that of the first job of the chain. */
export const INSERT_REPLAY = `
  INSERT INTO replays (job_seq, replay_of, delivery_seq) VALUES (?1, ?2, coalesce(
    (SELECT delivery_seq FROM replays WHERE job_seq = ?3),
    (SELECT seq FROM deliveries INDEXED BY deliveries_by_job WHERE job_id = ?2 AND job_id IS NOT NULL ORDER BY seq LIMIT 1)))`;

/** Makes a new job of one that has ended, which leaves the desk: the new one stands for it there. */
export function replay(
  db: Connection,
  { of, draft, by, edited, unlessReplayed }: Extract<Command, { kind: 'replay' }>,
): CommandOutcomes['replay'] {
  const job = storedJob(db, of);
  if (job === undefined) return { kind: 'unknown' };
  if (!isTerminal(job.status)) return { kind: 'active', status: job.status };
  const before = unlessReplayed ? db.get<{ id: string }>(FIRST_REPLAY, of) : undefined;
  if (before !== undefined) return { kind: 'replayed_before', jobId: before.id };
  const admission = admit(db, draft);
  const made = storedJob(db, draft.id);
  if (admission.kind !== 'admitted' || made === undefined) throw new Error('a replay has a dedupe key');
  expectOne(db.run(SAME_EVENT, job.seq, made.seq), 'a replay');
  db.run(INSERT_REPLAY, made.seq, of, job.seq);
  takeOffDesk(db, job.seq);
  for (const jobId of [of, draft.id]) {
    recordOwnDecision(db, {
      code: 'job_replayed',
      at: draft.createdAt,
      text: `${by} had job ${of} (${job.status}) run again as the new job ${draft.id}${edited ? ', with an edited payload' : ''}.`,
      jobId,
      eventId: null,
      instance: draft.instance,
      schedule: null,
      route: null,
      values: { by, replay_of: of, job_id: draft.id, status: job.status, edited },
      collapseKey: null,
    });
  }
  return { kind: 'replayed', jobId: draft.id };
}
