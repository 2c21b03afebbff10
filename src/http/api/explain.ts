import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { EXPLAINED_KINDS, type Explanation } from '../../domain/explain/explanation.ts';
import { explain } from '../../engine/explain.ts';
import type { Operations } from '../../engine/operations.ts';
import { instantField } from './fields.ts';
import { instant } from './instant-view.ts';
import { parse } from './parse.ts';

const question = z.strictObject({
  id: z.string().min(1).max(300),
  kind: z.enum(EXPLAINED_KINDS).nullable().default(null),
  at: instantField.nullable().default(null),
  event: z.string().min(1).max(200).nullable().default(null),
});

/** Adds `/api/v1/explain`: why something happened or did not, by `id` and, where that is not enough, `kind`. */
export function addExplain(app: FastifyInstance, operations: Operations): void {
  app.get('/api/v1/explain', async (request) => {
    const { event, ...rest } = parse(question, request.query);
    return explanationView(await explain(operations, { ...rest, eventId: event }));
  });
}

/** An explanation with its instants as text. */
export function explanationView({ kind, id, summary, because, next, todo }: Explanation) {
  return {
    kind,
    id,
    summary,
    because: because.map(({ code, at, count, text, values }) => ({ code, at: instant(at), count, text, values })),
    next: next === null ? null : { at: instant(next.at), text: next.text },
    todo,
  };
}
