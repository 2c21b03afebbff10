import { z } from 'zod';
import { OperatorError } from '../../domain/errors.ts';
import { EXPLAINED_KINDS, type ExplainedKind } from '../../domain/explain/explanation.ts';
import { parseInstant } from '../../domain/instant.ts';
import { parseTimeOfDay } from '../../domain/time-of-day.ts';
import { type ExplainRequest, explain } from '../../engine/explain.ts';
import type { AskedTime } from '../../engine/explain-schedule.ts';
import type { Operations } from '../../engine/operations.ts';
import { instanceOfEvent } from './events.ts';
import { explanationAnswer } from './explanation-schema.ts';
import { explanationView } from './explanation-view.ts';
import { type Answer, type Context, checkInstance, NOTHING, type Route, route } from './route.ts';

/** An RFC 3339 instant, or a time of day in the zone of the schedule that is asked about. */
const askedTime = z.string().transform((text, context): AskedTime => {
  const at = parseInstant(text);
  if (at !== null) return { at };
  const timeMs = parseTimeOfDay(text);
  if (timeMs !== null) return { timeMs };
  context.addIssue({
    code: 'custom',
    message: `"${text}" is neither an RFC 3339 instant such as 2026-11-23T10:00:00Z nor a time of day such as 07:00`,
  });
  return z.NEVER;
});

const idField = z.string().min(1).max(300);
const about = {
  at: askedTime.nullable().default(null),
  event: z.string().min(1).max(200).nullable().default(null),
};
const kindField = z.enum(EXPLAINED_KINDS);
const anything = z.strictObject({ id: idField, kind: kindField.nullable().default(null), ...about });

/** The answer to a question, unless it is about what the caller may not see. */
async function answer(request: ExplainRequest, { operations, caller }: Context): Promise<Answer> {
  const explanation = await explain(operations, request);
  if (caller.instances !== null) checkInstance(caller, await instanceIn(operations, explanation));
  return { status: 200, body: explanationView(explanation) };
}

/** The instance that an explanation is about; throws `forbidden` when it is about none. */
async function instanceIn(
  operations: Operations,
  { kind, id }: { readonly kind: ExplainedKind; readonly id: string },
): Promise<string> {
  switch (kind) {
    case 'instance':
      return id;
    case 'schedule':
      return id.split('/')[0] ?? id;
    case 'job':
      return operations.instanceOf(id);
    case 'event':
      return instanceOfEvent(operations, id);
    case 'route':
    case 'webhook':
      throw new OperatorError('forbidden', 'this is about more than the instances the token is limited to');
    default:
      return kind satisfies never;
  }
}

const byId = route({
  method: 'GET',
  path: '/explain',
  scope: 'read',
  reach: 'limited',
  summary: 'Explains whatever the id means, where that is clear.',
  tag: 'explain',
  params: NOTHING,
  query: anything,
  body: null,
  answers: { 200: { means: 'The explanation.', schema: explanationAnswer } },
  errors: ['not_found', 'unknown_instance'],
  handle({ query: { event, ...asked } }, context) {
    return answer({ ...asked, eventId: event }, context);
  },
});

const byKind = route({
  method: 'GET',
  path: '/explain/:kind/:id*',
  scope: 'read',
  reach: 'limited',
  summary: 'Explains why something happened or did not.',
  tag: 'explain',
  params: z.strictObject({ kind: kindField, id: idField }),
  query: z.strictObject(about),
  body: null,
  answers: { 200: { means: 'The explanation.', schema: explanationAnswer } },
  errors: ['not_found', 'unknown_instance'],
  handle({ params, query: { event, at } }, context) {
    return answer({ ...params, at, eventId: event }, context);
  },
});

/** `/explain`, and `/explain/{kind}/{id}`. */
export const EXPLAIN_ROUTES: readonly Route[] = [byId, byKind];
