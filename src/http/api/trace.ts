import { z } from 'zod';
import { OperatorError } from '../../domain/errors.ts';
import { ATTEMPT_OUTCOMES, JOB_STATUSES } from '../../domain/job.ts';
import { errorAnswer, instantAnswer } from './answer-schemas.ts';
import { storedDecisionAnswer } from './decision-schema.ts';
import { idParameter } from './fields.ts';
import { instanceOfJob, type Route, route } from './route.ts';
import { traceView } from './trace-view.ts';

const query = z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(200) });

const jobAnswer = z.strictObject({
  id: z.string(),
  instance: z.string(),
  command: z.string(),
  status: z.enum(JOB_STATUSES),
  submitted_by: z.string(),
  parent_job_id: z.string().nullable(),
  root_job_id: z.string(),
  source_event_id: z.string().nullable(),
  depth: z.int(),
  attempt: z.int(),
  run_at: instantAnswer,
  created_at: instantAnswer,
  started_at: instantAnswer.nullable(),
  completed_at: instantAnswer.nullable(),
  last_error: errorAnswer.nullable(),
  attempts: z.array(
    z.strictObject({
      attempt: z.int(),
      outcome: z.enum(ATTEMPT_OUTCOMES),
      started_at: instantAnswer,
      ended_at: instantAnswer,
      duration_ms: z.int(),
      error: errorAnswer.nullable(),
      retry_at: instantAnswer.nullable(),
      state_version: z.int().nullable(),
    }),
  ),
  result: z.strictObject({ text: z.string(), bytes: z.int() }).nullable(),
  replay_of: z.string().nullable(),
  replays: z.array(z.string()),
  decisions: z.array(storedDecisionAnswer),
});

const traceAnswer = z
  .strictObject({
    asked: z.strictObject({ kind: z.enum(['job', 'event', 'delivery']), id: z.string() }),
    trigger: z.strictObject({
      kind: z.enum(['schedule', 'webhook', 'api', 'cli', 'core', 'instance', 'unknown']),
      name: z.string().nullable(),
      at: instantAnswer.nullable(),
      slot_at: instantAnswer.nullable(),
      delivery_id: z.string().nullable(),
      event_id: z.string().nullable(),
    }),
    started_at: instantAnswer.nullable(),
    ended_at: instantAnswer.nullable(),
    duration_ms: z.int().nullable(),
    totals: z.strictObject({
      jobs: z.int(),
      attempts: z.int(),
      by_status: z.record(z.enum(JOB_STATUSES), z.int()),
      capped: z.boolean(),
    }),
    jobs: z.array(jobAnswer),
    events: z.array(
      z.strictObject({
        event_id: z.string(),
        type: z.string(),
        source: z.string(),
        created_at: instantAnswer,
        job_id: z.string().nullable(),
        attempt: z.int().nullable(),
        decisions: z.array(storedDecisionAnswer),
      }),
    ),
    left_out: z.strictObject({ jobs: z.int(), events: z.boolean() }),
  })
  .meta({ id: 'Trace' });

const answers = { 200: { means: 'The lineage, or the part of it that fits.', schema: traceAnswer } };

const ofAny = route({
  method: 'GET',
  path: '/trace/:id',
  scope: 'read',
  reach: 'limited',
  summary: 'Traces a job, an event or a delivery from its trigger to the last effect, over every instance.',
  tag: 'trace',
  params: idParameter,
  query,
  body: null,
  answers,
  errors: ['not_found'],
  async handle({ params: { id }, query: { limit } }, { operations, caller }) {
    const body = traceView(await operations.trace(id, limit), caller.instances);
    if (caller.instances !== null && body.jobs.length + body.events.length === 0) {
      throw new OperatorError('forbidden', 'the token is for none of the instances of that lineage');
    }
    return { status: 200, body };
  },
});

const ofJob = route({
  method: 'GET',
  path: '/jobs/:id/trace',
  scope: 'read',
  reach: instanceOfJob,
  summary: 'Traces a job from its trigger to the last effect, over every instance.',
  tag: 'jobs',
  params: idParameter,
  query,
  body: null,
  answers,
  errors: ['not_found'],
  async handle({ params: { id }, query: { limit } }, { operations, caller }) {
    return { status: 200, body: traceView(await operations.trace(id, limit), caller.instances) };
  },
});

/** `/trace/:id` and `/jobs/:id/trace`. */
export const TRACE_ROUTES: readonly Route[] = [ofAny, ofJob];
