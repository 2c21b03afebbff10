import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { isTerminal, JOB_STATUSES } from '../../domain/job.ts';
import type { Operations } from '../../engine/operations.ts';
import type { Caller } from './caller.ts';
import { dedupeKeyField, idParameter, instantField, pageFields, payloadField, waitQuery } from './fields.ts';
import { goneSignal } from './gone.ts';
import { jobDetailView, jobSummaryView, jobView } from './job-view.ts';
import { parse } from './parse.ts';

const submission = z.strictObject({
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

/** Adds `/api/v1/jobs`: submit, list, show, cancel, retry. */
export function addJobs(app: FastifyInstance, operations: Operations, caller: Caller): void {
  const redactor = () => operations.snapshot().redactor;

  app.post('/api/v1/jobs', async (request, reply) => {
    const { wait } = parse(waitQuery, request.query);
    const { instance, command, payload, priority, ...optional } = parse(submission, request.body);
    const admission = await operations.submit({
      instance,
      command,
      payload,
      priority,
      dedupeKey: optional.dedupe_key,
      submittedBy: caller.submittedBy,
      ...(optional.run_at === undefined ? {} : { runAt: optional.run_at }),
      ...(optional.max_attempts === undefined ? {} : { maxAttempts: optional.max_attempts }),
    });
    const duplicate = admission.kind === 'duplicate';
    if (wait === 0) {
      const answer = { job_id: admission.jobId, duplicate, status: duplicate ? admission.status : 'queued' };
      const differs = duplicate && admission.payloadDiffers ? { payload_differs: true } : {};
      return reply.status(duplicate ? 200 : 201).send({ ...answer, ...differs });
    }
    const job = await operations.wait(admission.jobId, wait, goneSignal(reply));
    const detail = jobDetailView(await operations.job(admission.jobId), redactor());
    return reply.status(isTerminal(job.status) ? 200 : 202).send(detail);
  });

  app.get('/api/v1/jobs', async (request) => {
    const { limit, cursor, ...filter } = parse(jobList, request.query);
    const listed = await operations.jobs(filter, { limit, cursor });
    return { jobs: listed.items.map(jobSummaryView), next_cursor: listed.nextCursor };
  });

  app.get('/api/v1/jobs/:id', async (request, reply) => {
    const { id } = parse(idParameter, request.params);
    const { wait } = parse(waitQuery, request.query);
    if (wait > 0) await operations.wait(id, wait, goneSignal(reply));
    return jobDetailView(await operations.job(id), redactor());
  });

  app.post('/api/v1/jobs/:id/cancel', async (request) => {
    return jobView(await operations.cancel(parse(idParameter, request.params).id), redactor());
  });

  app.post('/api/v1/jobs/:id/retry', async (request) => {
    return jobView(await operations.retry(parse(idParameter, request.params).id), redactor());
  });
}
