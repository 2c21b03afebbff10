import { z } from 'zod';
import { BULK_ACTIONS } from '../../engine/bulk.ts';
import { instantAnswer } from './answer-schemas.ts';

/** Dead letters with one fingerprint. */
export const deadGroupAnswer = z
  .strictObject({
    fingerprint: z.string(),
    instance: z.string(),
    command: z.string(),
    code: z.string().nullable(),
    message: z.string().nullable(),
    count: z.int(),
    first_at: instantAnswer,
    last_at: instantAnswer,
    job_ids: z.array(z.string()),
  })
  .meta({ id: 'DeadGroup' });

/** A job that runs another one again. */
export const replayAnswer = z
  .strictObject({ job_id: z.string(), replay_of: z.string(), status: z.literal('queued') })
  .meta({ id: 'Replayed' });

/** What became of many jobs. */
export const bulkAnswer = z
  .strictObject({
    action: z.enum(BULK_ACTIONS),
    dry_run: z.boolean(),
    done: z.int(),
    failed: z.int(),
    jobs: z.array(
      z.strictObject({
        job_id: z.string(),
        replay_job_id: z.string().nullable(),
        run_at: instantAnswer.nullable(),
        error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
      }),
    ),
    as_of: instantAnswer,
    next_cursor: z.string().nullable(),
    next_run_at: instantAnswer.nullable(),
  })
  .meta({ id: 'Bulk' });
