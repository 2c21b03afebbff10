import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Operations } from '../../engine/operations.ts';
import type { Caller } from './caller.ts';
import { parse } from './parse.ts';
import { previewView, reloadView } from './reload-view.ts';

const reload = z.strictObject({
  preview: z.boolean().default(false),
  /** Stored events that a preview looks at. */
  events: z.int().min(0).max(1_000).default(100),
});

/** Adds `/api/v1/reload`: puts the configuration as it stands in the files in force, or tells what that would change. */
export function addReload(app: FastifyInstance, operations: Operations, caller: Caller): void {
  app.post('/api/v1/reload', async (request) => {
    const { preview, events } = parse(reload, request.body);
    return preview
      ? previewView(await operations.previewReload({ events }))
      : reloadView(await operations.reload(caller.submittedBy));
  });
}
