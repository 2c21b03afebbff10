import type { FastifyInstance } from 'fastify';
import { nearest } from '../../domain/did-you-mean.ts';
import { OperatorError } from '../../domain/errors.ts';
import type { Operations } from '../../engine/operations.ts';
import { idParameter } from './fields.ts';
import { instanceView } from './instance-view.ts';
import { parse } from './parse.ts';
import { scheduleView, statusView } from './status-view.ts';

/** Adds `/api/v1/status`, `/api/v1/instances` and `/api/v1/schedules`: what is configured and how it is doing. */
export function addOverview(app: FastifyInstance, operations: Operations): void {
  app.get('/api/v1/status', async () => statusView(await operations.status()));

  app.get('/api/v1/schedules', async () => {
    return { schedules: (await operations.schedules()).map(scheduleView), next_cursor: null };
  });

  app.get('/api/v1/instances', async () => {
    return { instances: (await operations.instances()).map(instanceView), next_cursor: null };
  });

  app.get('/api/v1/instances/:id', async (request) => {
    const { id } = parse(idParameter, request.params);
    const found = (await operations.instances()).find(({ instance }) => instance.name === id);
    if (found !== undefined) return instanceView(found);
    const near = nearest(id, operations.snapshot().instances.keys());
    throw new OperatorError('unknown_instance', `no instance "${id}" is configured`, {
      ...(near === null ? {} : { hint: `did you mean "${near}"?` }),
    });
  });
}
