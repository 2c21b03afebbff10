import { z } from 'zod';
import { submittedAnswer } from './job-schema.ts';
import { submission, submissionOf, submittedView } from './jobs.ts';
import { NOTHING, type Route, route } from './route.ts';

/** Most jobs of one request. */
const MOST_JOBS = 1_000;

const batch = route({
  method: 'POST',
  path: '/jobs/batch',
  scope: 'submit',
  reach: async ({ body }) => [...new Set(body.jobs.map(({ instance }) => instance))],
  summary: 'Submits up to 1,000 jobs in one commit, or none when one of them is refused.',
  tag: 'jobs',
  params: NOTHING,
  query: NOTHING,
  body: z.strictObject({ jobs: z.array(submission).min(1).max(MOST_JOBS) }),
  answers: {
    200: { means: 'All of them are duplicates.', schema: z.strictObject({ jobs: z.array(submittedAnswer) }) },
    201: {
      means: 'What became of each, in their order; at least one is new.',
      schema: z.strictObject({ jobs: z.array(submittedAnswer) }),
    },
  },
  errors: ['unknown_instance', 'instance_disabled', 'unknown_command', 'invalid_payload', 'queue_full', 'draining'],
  takesKey: true,
  async handle({ body }, { operations, caller, once = null }) {
    const submissions = body.jobs.map((job) => submissionOf(job, caller));
    const admissions = await operations.submitAll(submissions, once);
    const isNew = admissions.some(({ kind }) => kind === 'admitted');
    return { status: isNew ? 201 : 200, body: { jobs: admissions.map(submittedView) } };
  },
});

/** `/jobs/batch`. */
export const BATCH_ROUTES: readonly Route[] = [batch];
