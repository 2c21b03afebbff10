import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Operations } from '../../engine/operations.ts';
import type { Caller } from './caller.ts';
import { instant } from './instant-view.ts';
import { parse } from './parse.ts';
import { scheduleView } from './status-view.ts';

const scheduleParameters = z.strictObject({ instance: z.string(), id: z.string() });

/** Adds `/api/v1/schedules` and what is done to one of them: pause, resume, skip, run. */
export function addSchedules(app: FastifyInstance, operations: Operations, caller: Caller): void {
  app.get('/api/v1/schedules', async () => {
    return { schedules: (await operations.schedules()).map(scheduleView), next_cursor: null };
  });

  for (const verb of ['pause', 'resume'] as const) {
    app.post(`/api/v1/schedules/:instance/:id/${verb}`, async (request) => {
      const key = parse(scheduleParameters, request.params);
      const changed = await operations.pauseSchedule(key, verb === 'pause');
      const views = (await operations.schedules()).map(scheduleView);
      const view = views.find(({ instance, id }) => instance === key.instance && id === key.id);
      return { ...view, schedule: `${key.instance}/${key.id}`, paused: verb === 'pause', changed };
    });
  }

  app.post('/api/v1/schedules/:instance/:id/skip', async (request) => {
    const key = parse(scheduleParameters, request.params);
    const { slotAt, changed } = await operations.skipNextSlot(key);
    return { schedule: `${key.instance}/${key.id}`, skip_at: instant(slotAt), changed };
  });

  app.post('/api/v1/schedules/:instance/:id/run', async (request, reply) => {
    const key = parse(scheduleParameters, request.params);
    const { jobId, kind } = await operations.runSchedule(key, caller.submittedBy);
    reply.code(kind === 'admitted' ? 201 : 200);
    return { job_id: jobId, duplicate: kind === 'duplicate', status: 'queued' };
  });
}
