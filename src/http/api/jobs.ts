import { z } from 'zod';
import { isTerminal, JOB_STATUSES } from '../../domain/job.ts';
import type { Submission } from '../../engine/drafts.ts';
import type { Admission, Operations } from '../../engine/operations.ts';
import { listAnswer } from './answer-schemas.ts';
import type { Caller } from './caller.ts';
import { dedupeKeyField, flagField, idParameter, instantField, pageFields, payloadField, waitQuery } from './fields.ts';
import { attemptAnswer, jobAnswer, jobDetailAnswer, jobSummaryAnswer, submittedAnswer } from './job-schema.ts';
import { jobDetailView, jobSummaryView, jobView } from './job-view.ts';
import { checkUnlimited, instanceFor, instanceOfJob, NOTHING, type Route, route } from './route.ts';

/** A job as a request asks for it. */
export const submission = z.strictObject({
  instance: z.string(),
  command: z.string().default('poll'),
  payload: payloadField,
  dedupe_key: dedupeKeyField,
  priority: z.number().int().min(-100).max(100).default(0),
  run_at: instantField.optional(),
  max_attempts: z.number().int().min(1).max(1_000).optional(),
});
const jobList = z.strictObject({
  ...pageFields,
  status: z.enum(JOB_STATUSES).nullable().default(null),
  instance: z.string().nullable().default(null),
  since: instantField.nullable().default(null),
});

const cancelAnswer = z.strictObject({ ...jobAnswer.shape, cancelled: z.array(z.string()) }).meta({ id: 'Cancelled' });

/** What a request asks for, as the queue takes it. */
export function submissionOf(body: z.output<typeof submission>, { submittedBy }: Caller): Submission {
  const {
    instance,
    command,
    payload,
    priority,
    dedupe_key: dedupeKey,
    run_at: runAt,
    max_attempts: maxAttempts,
  } = body;
  const optional = { ...(runAt === undefined ? {} : { runAt }), ...(maxAttempts === undefined ? {} : { maxAttempts }) };
  return { instance, command, payload, priority, dedupeKey, submittedBy, ...optional };
}

/** What became of a submission. */
export function submittedView(admission: Admission) {
  const duplicate = admission.kind === 'duplicate';
  const differs = duplicate && admission.payloadDiffers ? { payload_differs: true } : {};
  return { job_id: admission.jobId, duplicate, status: duplicate ? admission.status : 'queued', ...differs };
}

const redactorOf = (operations: Operations) => operations.snapshot().redactor;

const submit = route({
  method: 'POST',
  path: '/jobs',
  scope: 'submit',
  reach: async ({ body }) => [body.instance],
  summary: 'Submits a job; with `wait`, answers with the job as it ended or as it stands then.',
  tag: 'jobs',
  params: NOTHING,
  query: waitQuery,
  body: submission,
  answers: {
    200: {
      means: 'A duplicate; with `wait`, a job that has ended.',
      schema: z.union([submittedAnswer, jobDetailAnswer]),
    },
    201: { means: 'A new job.', schema: submittedAnswer },
    202: { means: 'The wait expired and the job goes on.', schema: jobDetailAnswer },
  },
  errors: ['unknown_instance', 'instance_disabled', 'unknown_command', 'invalid_payload', 'queue_full', 'draining'],
  takesKey: true,
  async handle({ query: { wait }, body }, { operations, caller, gone, once = null }) {
    const admission = await operations.submit({ ...submissionOf(body, caller), once });
    if (wait === 0) return { status: admission.kind === 'duplicate' ? 200 : 201, body: submittedView(admission) };
    const job = await operations.wait(admission.jobId, wait, gone());
    const detail = await jobDetailView(await operations.job(admission.jobId), redactorOf(operations));
    return { status: isTerminal(job.status) ? 200 : 202, body: detail };
  },
});

const list = route({
  method: 'GET',
  path: '/jobs',
  scope: 'read',
  reach: 'limited',
  summary: 'Lists jobs, newest first.',
  tag: 'jobs',
  params: NOTHING,
  query: jobList,
  body: null,
  answers: { 200: { means: 'A page of jobs.', schema: listAnswer('jobs', jobSummaryAnswer) } },
  errors: [],
  async handle({ query: { limit, cursor, ...filter } }, { operations, caller }) {
    const instance = instanceFor(caller, filter.instance);
    const listed = await operations.jobs({ ...filter, instance }, { limit, cursor });
    return { status: 200, body: { jobs: listed.items.map(jobSummaryView), next_cursor: listed.nextCursor } };
  },
});

const show = route({
  method: 'GET',
  path: '/jobs/:id',
  scope: 'read',
  reach: instanceOfJob,
  summary: 'Shows a job with everything that is known about it; with `wait`, once it has ended or the wait expired.',
  tag: 'jobs',
  params: idParameter,
  query: waitQuery,
  body: null,
  answers: { 200: { means: 'The job.', schema: jobDetailAnswer } },
  errors: ['not_found'],
  async handle({ params: { id }, query: { wait } }, { operations, gone }) {
    if (wait > 0) await operations.wait(id, wait, gone());
    return { status: 200, body: await jobDetailView(await operations.job(id), redactorOf(operations)) };
  },
});

const attempts = route({
  method: 'GET',
  path: '/jobs/:id/attempts',
  scope: 'read',
  reach: instanceOfJob,
  summary: 'Lists the attempts of a job with their evidence, oldest first; the one in progress too.',
  tag: 'jobs',
  params: idParameter,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The attempts.', schema: listAnswer('attempts', attemptAnswer) } },
  errors: ['not_found'],
  async handle({ params }, { operations }) {
    const detail = await jobDetailView(await operations.job(params.id), redactorOf(operations));
    return { status: 200, body: { attempts: detail.attempts, next_cursor: null } };
  },
});

const cancel = route({
  method: 'POST',
  path: '/jobs/:id/cancel',
  scope: 'operate',
  reach: instanceOfJob,
  summary: 'Cancels a job, with `lineage` everything that came of it too; of a running one the process is ended first.',
  tag: 'jobs',
  params: idParameter,
  query: z.strictObject({ lineage: flagField }),
  body: null,
  answers: { 200: { means: 'The job, and the ids of all that were cancelled with it.', schema: cancelAnswer } },
  errors: ['not_found', 'already_terminal', 'cancel_pending'],
  async handle({ params: { id }, query: { lineage } }, { operations, caller }) {
    if (lineage) checkUnlimited(caller);
    const { job, cancelled } = lineage
      ? await operations.cancelLineage(id)
      : { job: await operations.cancel(id), cancelled: [id] };
    return { status: 200, body: { ...jobView(job, redactorOf(operations)), cancelled } };
  },
});

const retry = route({
  method: 'POST',
  path: '/jobs/:id/retry',
  scope: 'operate',
  reach: instanceOfJob,
  summary: 'Puts a dead letter or a cancelled job back into the queue; a queued job becomes due now.',
  tag: 'jobs',
  params: idParameter,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The job, queued.', schema: jobAnswer } },
  errors: ['not_found', 'not_terminal', 'already_terminal', 'duplicate_active', 'unknown_instance', 'draining'],
  async handle({ params }, { operations, caller }) {
    const job = await operations.retry(params.id, { by: caller.submittedBy });
    return { status: 200, body: jobView(job, redactorOf(operations)) };
  },
});

/** `/jobs`: submit, list, show, attempts, cancel, retry. */
export const JOB_ROUTES: readonly Route[] = [submit, list, show, attempts, cancel, retry];
