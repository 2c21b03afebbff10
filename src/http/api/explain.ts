import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { EXPLAINED_KINDS, type Explanation } from '../../domain/explain/explanation.ts';
import { parseInstant } from '../../domain/instant.ts';
import { parseTimeOfDay } from '../../domain/time-of-day.ts';
import { explain } from '../../engine/explain.ts';
import type { AskedTime } from '../../engine/explain-schedule.ts';
import type { Operations } from '../../engine/operations.ts';
import { instant } from './instant-view.ts';
import { parse } from './parse.ts';

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

const question = z.strictObject({
  id: z.string().min(1).max(300),
  kind: z.enum(EXPLAINED_KINDS).nullable().default(null),
  at: askedTime.nullable().default(null),
  event: z.string().min(1).max(200).nullable().default(null),
});

/** A wildcard, since the name of a schedule has a slash. */
const named = z.object({ kind: z.string(), '*': z.string() });

/** Adds `/api/v1/explain/{kind}/{id}`: why something happened or did not; and the same by `id` alone, where that says what is meant. */
export function addExplain(app: FastifyInstance, operations: Operations): void {
  async function answer(asked: unknown) {
    const { event, ...rest } = parse(question, asked);
    return explanationView(await explain(operations, { ...rest, eventId: event }));
  }

  app.get('/api/v1/explain', (request) => answer(request.query));
  app.get('/api/v1/explain/:kind/*', (request) => {
    const { kind, '*': id } = parse(named, request.params);
    return answer({ ...z.record(z.string(), z.unknown()).parse(request.query), kind, id });
  });
}

/** An explanation as every interface tells it: the most useful thing to do is `hint`, and all of them are `hints`. */
export function explanationView({ kind, id, summary, because, next, todo }: Explanation) {
  return {
    kind,
    id,
    summary,
    reasons: because.map(({ code, at, count, text, values }) => ({ code, text, at: instant(at), count, values })),
    next: next?.text ?? null,
    next_at: instant(next?.at ?? null),
    hint: todo[0] ?? null,
    hints: todo,
  };
}
