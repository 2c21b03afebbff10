import { z } from 'zod';
import { jobTarget } from './job-target.ts';
import { timeoutSchema } from './policies.ts';
import { duration, listOf, name, section, text, whole } from './scalars.ts';

/** One route, as written; expressions and references are checked where it is compiled. */
export const routeSchema = section(
  {
    name: name().describe('Name of the route.'),
    from: text('an instance, `instance:x`, `webhook:y`, `api` or `cli`', 80)
      .optional()
      .describe(
        'Only events from here: an instance, `instance:x`, `webhook:y`, `api` or `cli`. Default: from anywhere.',
      ),
    event_type: text('an event type or a prefix such as `health.*`', 130).describe(
      'Exact, or a prefix such as `health.*`.',
    ),
    when: text('a CEL expression')
      .optional()
      .describe('CEL expression over `payload` and `event`; the route is taken when it is true.'),
    to: z
      .union(
        [jobTarget, listOf(jobTarget, 'a list of instances').min(1, { error: 'expected at least one instance' })],
        {
          error: 'expected an instance, { instance, command }, or a list of them',
        },
      )
      .meta({ 'x-kind': 'target' })
      .describe('Where to: an instance, `{ instance, command }`, or a list of them. The command defaults to `handle`.'),
    with: z.unknown().optional().describe("Payload of the job, with `${{ … }}` inside. Default: the event's payload."),
    dedupe_key: text('text', 1_000).optional().describe('Dedupe key of the job, with `${{ … }}` inside.'),
    delay: duration().optional().describe('How long after the event the job is due. Default: at once.'),
    priority: whole(-100, 100).optional().describe('Default: the priority of the job that emitted the event, else 0.'),
    max_attempts: whole(1, 1_000).optional().describe('Instead of `retry.max_attempts`.'),
    timeout: timeoutSchema.optional().describe('Instead of `timeouts`.'),
  },
  'a map with `name`, `event_type` and `to`',
);

/** `routes:`. */
export const routesSchema = listOf(routeSchema, 'a list of routes').describe(
  'Where events go. Every matching route fires.',
);
