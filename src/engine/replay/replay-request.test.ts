import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventOf, jobOf } from '../../../test/values.ts';
import { DEFAULT_LIMITS } from '../../domain/instance.ts';
import { attemptOf } from '../../store/contract-values.ts';
import { givenOf, replayRequestSchema, requestJson } from './replay-request.ts';

const TEMPLATE = {
  instance: 'p',
  plugin: 'p',
  config: {},
  env: {},
  exec: null,
  timeouts: {},
  default_timeout_ms: 1,
  limits: { ...DEFAULT_LIMITS },
  containment: { tier: 'group', network: true, noNewPrivs: null },
  fills: [],
};

test('what an attempt was given goes through a bundle and comes back', () => {
  const job = jobOf({
    id: 'j',
    attempt: 2,
    maxAttempts: 7,
    payload: null,
    timeoutMs: 9,
    parentJobId: 'a',
    rootJobId: 'b',
  });
  const event = eventOf({ id: 'e', occurredAt: 1_700_000_000_123, payload: [1] });
  const body = Buffer.from([0, 255, 10]);
  const delivery = { endpoint: 'hook', headers: { 'x-a': 'b' }, query: {}, body };
  const previousAttempts = [{ attempt: 1, outcome: 'crashed', error: { code: 'crashed', message: 'm' } }] as const;
  const past = { job, event, delivery, previousAttempts, record: attemptOf(2), state: { s: 1 }, template: TEMPLATE };
  const json = requestJson(past, { state: { s: 1 }, template: TEMPLATE });
  const given = givenOf(replayRequestSchema.parse(JSON.parse(JSON.stringify(json))));
  const { id, instance, command, attempt, maxAttempts, payload, timeoutMs, parentJobId, rootJobId, idempotencyKey } =
    given.job;
  assert.deepEqual(
    { id, instance, command, attempt, maxAttempts, payload, timeoutMs, parentJobId, rootJobId, idempotencyKey },
    {
      ...{ id: 'j', instance: 'p', command: 'handle', attempt: 2, maxAttempts: 7, payload: null, timeoutMs: 9 },
      ...{ parentJobId: 'a', rootJobId: 'b', idempotencyKey: 'j' },
    },
  );
  assert.deepEqual(given.state, { s: 1 });
  assert.equal(given.event?.occurredAt, 1_700_000_000_123);
  assert.deepEqual(given.event?.payload, [1]);
  assert.deepEqual(given.delivery, delivery);
  assert.deepEqual(given.previousAttempts, previousAttempts);
});

test('a request without event, delivery or earlier attempts stays without', () => {
  const past = {
    job: jobOf(),
    event: null,
    delivery: null,
    previousAttempts: [],
    record: attemptOf(1),
    state: {},
    template: TEMPLATE,
  };
  const json = requestJson(past, { state: {}, template: TEMPLATE });
  const given = givenOf(replayRequestSchema.parse(json));
  assert.deepEqual([given.event, given.delivery, given.previousAttempts], [null, null, []]);
  const bare = { ...past, delivery: { endpoint: 'h', headers: {}, query: {}, body: null } };
  const again = givenOf(replayRequestSchema.parse(requestJson(bare, { state: {}, template: TEMPLATE })));
  assert.equal(again.delivery?.body, null);
  const odd = { ...json, event: { event_id: 'e', type: 't', source: 's', occurred_at: 'yesterday', payload: 1 } };
  assert.equal(replayRequestSchema.safeParse(odd).success, false);
});
