import { z } from 'zod';
import { previewAnswer, reloadAnswer } from './reload-schema.ts';
import { previewView, reloadView } from './reload-view.ts';
import { NOTHING, type Route, route } from './route.ts';

const request = z.strictObject({
  preview: z.boolean().default(false),
  /** Stored events that a preview looks at. */
  events: z.int().min(0).max(1_000).default(100),
});

const reload = route({
  method: 'POST',
  path: '/reload',
  scope: 'admin',
  reach: 'gateway',
  summary:
    'Puts the configuration as it stands in the files in force; with `preview`, only tells what that would change.',
  tag: 'gateway',
  params: NOTHING,
  query: NOTHING,
  body: request,
  answers: {
    200: { means: 'What changed, or with `preview` would change.', schema: z.union([reloadAnswer, previewAnswer]) },
  },
  errors: [
    ...(['config_invalid', 'config_not_found', 'restart_required', 'env_file_refused'] as const),
    ...(['permission_denied', 'storage_refused', 'gateway_unreachable', 'draining'] as const),
  ],
  async handle({ body: { preview, events } }, { operations, caller }) {
    const body = preview
      ? previewView(await operations.previewReload({ events }))
      : reloadView(await operations.reload(caller.submittedBy));
    return { status: 200, body };
  },
});

/** `/reload`. */
export const RELOAD_ROUTES: readonly Route[] = [reload];
