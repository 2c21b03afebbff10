import { z } from 'zod';
import type { Json } from '../../domain/json.ts';
import { replayAnswer } from './desk-schema.ts';
import { idParameter } from './fields.ts';
import { instanceOfJob, NOTHING, type Route, route } from './route.ts';

const replay = route({
  method: 'POST',
  path: '/jobs/:id/replay',
  scope: 'operate',
  reach: instanceOfJob,
  summary: 'Runs a job that has ended again as a new job, with the same payload or another.',
  tag: 'jobs',
  params: idParameter,
  query: NOTHING,
  body: z.strictObject({
    payload: z.custom<Json>((value) => value !== undefined).optional(),
    same_key: z.boolean().default(false),
  }),
  answers: { 201: { means: 'The new job.', schema: replayAnswer } },
  errors: [
    'not_found',
    'not_terminal',
    'unknown_instance',
    'instance_disabled',
    'unknown_command',
    'invalid_payload',
    'queue_full',
    'draining',
  ],
  takesKey: true,
  async handle({ params: { id }, body: { payload, same_key: sameKey } }, { operations, caller, once = null }) {
    const jobId = await operations.replay(id, { by: caller.submittedBy, payload, sameKey, once });
    return { status: 201, body: { job_id: jobId, replay_of: id, status: 'queued' } };
  },
});

/** `/jobs/{id}/replay`. */
export const REPLAY_ROUTES: readonly Route[] = [replay];
