import { z } from 'zod';
import { listAnswer } from './answer-schemas.ts';
import { instant } from './instant-view.ts';
import { submittedAnswer } from './job-schema.ts';
import { NOTHING, type Route, route } from './route.ts';
import { scheduleAnswer, schedulePausedAnswer, scheduleSkippedAnswer } from './schedule-schema.ts';
import { scheduleView } from './status-view.ts';

const scheduleParameters = z.strictObject({ instance: z.string(), id: z.string() });

const list = route({
  method: 'GET',
  path: '/schedules',
  scope: 'read',
  reach: 'limited',
  summary: 'Lists the schedules with their last and next slot.',
  tag: 'schedules',
  params: NOTHING,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The schedules.', schema: listAnswer('schedules', scheduleAnswer) } },
  errors: [],
  async handle(_input, { operations, caller: { instances } }) {
    const views = (await operations.schedules()).map(scheduleView);
    const allowed = views.filter(({ instance }) => instances === null || instances.includes(instance));
    return { status: 200, body: { schedules: allowed, next_cursor: null } };
  },
});

/** What pausing and resuming a schedule have in common. */
function pausing(verb: 'pause' | 'resume', summary: string): Route {
  return route({
    method: 'POST',
    path: `/schedules/:instance/:id/${verb}`,
    scope: 'operate',
    reach: async ({ params }) => [params.instance],
    summary,
    tag: 'schedules',
    params: scheduleParameters,
    query: NOTHING,
    body: null,
    answers: { 200: { means: 'The schedule.', schema: schedulePausedAnswer } },
    errors: ['not_found', 'draining'],
    async handle({ params: key }, { operations }) {
      const changed = await operations.pauseSchedule(key, verb === 'pause');
      const views = (await operations.schedules()).map(scheduleView);
      const view = views.find(({ instance, id }) => instance === key.instance && id === key.id);
      const schedule = `${key.instance}/${key.id}`;
      return { status: 200, body: { ...view, schedule, paused: verb === 'pause', changed } };
    },
  });
}

const skip = route({
  method: 'POST',
  path: '/schedules/:instance/:id/skip',
  scope: 'operate',
  reach: async ({ params }) => [params.instance],
  summary: 'Skips the next slot of a schedule.',
  tag: 'schedules',
  params: scheduleParameters,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The slot that is skipped.', schema: scheduleSkippedAnswer } },
  errors: ['not_found', 'draining'],
  async handle({ params: key }, { operations }) {
    const { slotAt, changed } = await operations.skipNextSlot(key);
    return { status: 200, body: { schedule: `${key.instance}/${key.id}`, skip_at: instant(slotAt), changed } };
  },
});

const run = route({
  method: 'POST',
  path: '/schedules/:instance/:id/run',
  scope: 'operate',
  reach: async ({ params }) => [params.instance],
  summary: 'Makes the job of a schedule now, beside its slots.',
  tag: 'schedules',
  params: scheduleParameters,
  query: NOTHING,
  body: null,
  answers: {
    200: { means: 'A duplicate.', schema: submittedAnswer },
    201: { means: 'A new job.', schema: submittedAnswer },
  },
  errors: [
    ...(['not_found', 'unknown_instance', 'instance_disabled', 'unknown_command', 'invalid_payload'] as const),
    ...(['queue_full', 'draining'] as const),
  ],
  async handle({ params: key }, { operations, caller }) {
    const admission = await operations.runSchedule(key, caller.submittedBy);
    const duplicate = admission.kind === 'duplicate';
    const status = duplicate ? admission.status : 'queued';
    return { status: duplicate ? 200 : 201, body: { job_id: admission.jobId, duplicate, status } };
  },
});

/** `/schedules`: list, pause, resume, skip, run. */
export const SCHEDULE_ROUTES: readonly Route[] = [
  list,
  pausing('pause', 'Pauses a schedule; its slots are skipped until it is resumed.'),
  pausing('resume', 'Resumes a schedule; what fell into the pause is not caught up.'),
  skip,
  run,
];
