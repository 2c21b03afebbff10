import type { FastifyInstance } from 'fastify';
import { nearest } from '../../domain/did-you-mean.ts';
import { OperatorError } from '../../domain/errors.ts';
import type { InstanceView, Operations } from '../../engine/operations.ts';
import { expectationView } from './expectation-view.ts';
import { idParameter } from './fields.ts';
import { instanceView } from './instance-view.ts';
import { parse } from './parse.ts';
import { statusView } from './status-view.ts';

/** The instance of that name, as it is doing; throws OperatorError `unknown_instance`. */
export async function instanceNamed(operations: Operations, name: string): Promise<InstanceView> {
  const found = (await operations.instances()).find(({ instance }) => instance.name === name);
  if (found !== undefined) return found;
  const near = nearest(name, operations.snapshot().instances.keys());
  throw new OperatorError('unknown_instance', `no instance "${name}" is configured`, {
    ...(near === null ? {} : { hint: `did you mean "${near}"?` }),
  });
}

/** Adds `/api/v1/status`, `/api/v1/instances` and `/api/v1/expectations`: what is configured and how it is doing. */
export function addOverview(app: FastifyInstance, operations: Operations): void {
  app.get('/api/v1/status', async () => statusView(await operations.status()));

  app.get('/api/v1/expectations', async () => {
    return { expectations: (await operations.expectations()).map(expectationView), next_cursor: null };
  });

  app.get('/api/v1/instances', async () => {
    return { instances: (await operations.instances()).map(instanceView), next_cursor: null };
  });

  app.get('/api/v1/instances/:id', async (request) => {
    return instanceView(await instanceNamed(operations, parse(idParameter, request.params).id));
  });
}
