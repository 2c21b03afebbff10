import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Json } from '../../domain/json.ts';
import type { HealthReport } from '../../engine/check-health.ts';
import type { Operations } from '../../engine/operations.ts';
import type { Caller } from './caller.ts';
import { idParameter } from './fields.ts';
import { instanceView } from './instance-view.ts';
import { instant } from './instant-view.ts';
import { instanceNamed } from './overview.ts';
import { parse } from './parse.ts';

const stateQuery = z.strictObject({
  version: z.coerce.number().int().min(0).nullable().default(null),
  /** `true`: as it is stored, secrets included. */
  exact: z.enum(['true', 'false']).default('false'),
});
const stateChange = z.strictObject({
  value: z.custom<Json>((value) => value !== undefined, 'is missing'),
  force: z.boolean().default(false),
});

/** Adds `/api/v1/pause` and `/resume`, and what is done to one instance: pause, resume, reset, health, state. */
export function addInstances(app: FastifyInstance, operations: Operations, caller: Caller): void {
  for (const verb of ['pause', 'resume'] as const) {
    app.post(`/api/v1/${verb}`, async () => {
      const changed = await operations.pause(null, verb === 'pause');
      return { paused: verb === 'pause', changed };
    });
    app.post(`/api/v1/instances/:id/${verb}`, async (request) => {
      const { id } = parse(idParameter, request.params);
      await operations.pause(id, verb === 'pause');
      return instanceView(await instanceNamed(operations, id));
    });
  }

  app.post('/api/v1/instances/:id/reset', async (request) => {
    const { id } = parse(idParameter, request.params);
    await operations.reset(id);
    return instanceView(await instanceNamed(operations, id));
  });

  app.post('/api/v1/instances/:id/health', async (request) => {
    const report = await operations.health(parse(idParameter, request.params).id);
    return healthView(report, operations.snapshot().redactor.json(report.result));
  });

  app.get('/api/v1/instances/:id/state', async (request) => {
    const { id } = parse(idParameter, request.params);
    const { version, exact } = parse(stateQuery, request.query);
    const state = await operations.state(id, version);
    return {
      instance: id,
      version: state.version,
      at: instant(state.at),
      job_id: state.jobId,
      masked: exact === 'false',
      state: exact === 'true' ? state.value : operations.snapshot().redactor.json(state.value),
    };
  });

  app.put('/api/v1/instances/:id/state', async (request) => {
    const { id } = parse(idParameter, request.params);
    const { value, force } = parse(stateChange, request.body);
    const { version, changed } = await operations.setState(id, { value, force, by: caller.submittedBy });
    return { instance: id, version, changed };
  });
}

/** What a health check found; `result` is shown masked. */
export function healthView(report: HealthReport, result: Json) {
  return {
    instance: report.instance,
    health: report.health,
    reason: report.reason,
    job_id: report.jobId,
    error: report.error,
    result,
  };
}
