import type { FastifyInstance } from 'fastify';
import { effectiveValues } from '../../domain/config/effective.ts';
import type { Operations } from '../../engine/operations.ts';
import { configTextView, configVersionView, configView } from './config-view.ts';
import { idParameter } from './fields.ts';
import { parse } from './parse.ts';

/** Adds `/api/v1/config` and what is below it: the configuration in force, its values with their origins, earlier versions. */
export function addConfig(app: FastifyInstance, operations: Operations): void {
  app.get('/api/v1/config', () => configView(operations.snapshot()));

  app.get('/api/v1/config/values', () => {
    const { version, file } = operations.snapshot();
    return { version, file, values: effectiveValues(operations.snapshot()) };
  });

  app.get('/api/v1/config/versions', async () => {
    return { versions: (await operations.configVersions()).map(configVersionView), next_cursor: null };
  });

  app.get('/api/v1/config/versions/:id', async (request) => {
    const { id } = parse(idParameter, request.params);
    return configTextView(await operations.configText(id));
  });
}
