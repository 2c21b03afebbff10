import { z } from 'zod';
import { OperatorError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { allows } from '../../domain/scope.ts';
import { flagField, idParameter } from './fields.ts';
import { stateAnswer, stateSetAnswer } from './instance-schema.ts';
import { instant } from './instant-view.ts';
import { NOTHING, type Route, route } from './route.ts';

const stateQuery = z.strictObject({
  version: z.coerce.number().int().min(0).nullable().default(null),
  /** `true`: as it is stored, secrets included. */
  exact: flagField,
});
const stateChange = z.strictObject({
  value: z.custom<Json>((value) => value !== undefined, 'is missing'),
  force: z.boolean().default(false),
});

const show = route({
  method: 'GET',
  path: '/instances/:id/state',
  scope: 'read',
  reach: async ({ params }) => [params.id],
  summary: 'Shows the state of an instance, masked; `exact=true` shows what is stored and needs the scope admin.',
  tag: 'instances',
  params: idParameter,
  query: stateQuery,
  body: null,
  answers: { 200: { means: 'The state.', schema: stateAnswer } },
  errors: ['unknown_instance', 'not_found'],
  async handle({ params: { id }, query: { version, exact } }, { operations, caller }) {
    if (exact && !allows(caller.scopes, 'admin')) {
      throw new OperatorError('forbidden', 'the exact state may hold secrets: it needs the scope admin');
    }
    const state = await operations.state(id, version);
    const told = { instance: id, version: state.version, at: instant(state.at), job_id: state.jobId };
    const shown = exact ? state.value : operations.snapshot().redactor.json(state.value);
    return { status: 200, body: { ...told, masked: !exact, state: shown }, exact };
  },
});

const change = route({
  method: 'PUT',
  path: '/instances/:id/state',
  scope: 'admin',
  reach: async ({ params }) => [params.id],
  summary: 'Sets the state of an instance.',
  tag: 'instances',
  params: idParameter,
  query: NOTHING,
  body: stateChange,
  answers: { 200: { means: 'The version that is in force.', schema: stateSetAnswer } },
  errors: ['unknown_instance', 'invalid_payload', 'instance_busy', 'draining'],
  async handle({ params: { id }, body: { value, force } }, { operations, caller }) {
    const { version, changed } = await operations.setState(id, { value, force, by: caller.submittedBy });
    return { status: 200, body: { instance: id, version, changed } };
  },
});

/** `/instances/{id}/state`: show, set. */
export const STATE_ROUTES: readonly Route[] = [show, change];
