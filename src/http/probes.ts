import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { JsonObject } from '../domain/json.ts';
import { type Operations, UNREADY_REASONS } from '../engine/operations.ts';
import type { JsonSchemas } from './api/json-schemas.ts';

/** The paths of the probes, which are outside the table since anybody may ask them. */
export const PROBE_PATHS = ['/healthz', '/readyz'] as const;

const livenessAnswer = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Liveness' });
const readinessAnswer = z
  .strictObject({ ready: z.boolean(), reasons: z.array(z.enum(UNREADY_REASONS)) })
  .meta({ id: 'Readiness' });

/** Adds `/healthz` (the process answers) and `/readyz` (it does its work), which need no token and tell nothing else. */
export function addProbes(app: FastifyInstance, operations: Operations): void {
  app.get('/healthz', () => ({ status: 'ok' }) satisfies z.infer<typeof livenessAnswer>);
  app.get('/readyz', (_request, reply) => {
    const reasons = [...operations.unready()];
    const body: z.infer<typeof readinessAnswer> = { ready: reasons.length === 0, reasons };
    return reply.status(body.ready ? 200 : 503).send(body);
  });
}

/** What a listener may refuse a probe with, since no token is asked for. */
export const PROBE_ERRORS = ['usage', 'host_refused', 'origin_refused', 'unsupported_media_type'] as const;

/** The two as paths of an OpenAPI document; `refusals` are the responses of their errors, by status. */
export function probePaths(schemas: JsonSchemas, refusals: JsonObject): JsonObject {
  const answer = (description: string, schema: z.ZodType): JsonObject => ({
    description,
    content: { 'application/json': { schema: schemas.of(schema, 'output') } },
  });
  const probe = (operationId: string, summary: string, responses: JsonObject): JsonObject => ({
    get: { operationId, summary, tags: ['gateway'], security: [], responses: { ...responses, ...refusals } },
  });
  return {
    '/healthz': probe('getHealthz', 'Tells that the process answers.', {
      200: answer('It does.', livenessAnswer),
    }),
    '/readyz': probe('getReadyz', 'Tells whether the gateway does its work: the storage takes it, jobs are started.', {
      200: answer('It does.', readinessAnswer),
      503: answer('It does not; `reasons` says why.', readinessAnswer),
    }),
  };
}
