import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { eventOf, instanceOf, jobOf } from '../../../test/values.ts';
import { execManifest } from '../exec-manifest.ts';
import type { ExecConfig } from '../instance.ts';
import { formatInstant } from '../instant.ts';
import type { JsonObject } from '../json.ts';
import { encodeRequest, type RequestInput } from './encode-request.ts';

const EXEC: ExecConfig = { argv: ['true'], shell: null, stdin: 'none', env: {}, emit: null, idempotent: true };

const INSTANCE = instanceOf({
  name: 'scale_upstairs',
  plugin: 'withings',
  manifest: execManifest(EXEC),
  program: { kind: 'exec', exec: EXEC },
  config: { client_id: 'me' },
});

const JOB = jobOf({
  id: 'job-2',
  instance: 'scale_upstairs',
  plugin: 'withings',
  payload: { kg: 80 },
  attempt: 2,
  attemptsUsed: 2,
  idempotencyKey: 'effect-1',
  submittedBy: 'route:heavy',
  parentJobId: 'job-1',
  rootJobId: 'job-0',
  sourceEventId: 'event-1',
  depth: 1,
});

const EVENT = eventOf({
  id: 'event-1',
  type: 'health.weight.recorded',
  source: 'instance:withings',
  payload: { kg: 80.5 },
  occurredAt: Date.UTC(2026, 10, 23, 9, 59),
  createdAt: Date.UTC(2026, 10, 23, 10),
  jobId: 'job-1',
  attempt: 1,
  rootJobId: 'job-0',
});

const INPUT: RequestInput = {
  job: JOB,
  instance: INSTANCE,
  state: { cursor: 42 },
  event: null,
  webhook: null,
  previousAttempts: [],
  deadlineAt: Date.UTC(2026, 10, 23, 10),
  workspace: '/var/lib/ductile/work/job-0',
};

test('a request holds the fields of protocol 1 in their order', () => {
  assert.equal(
    encodeRequest(INPUT),
    '{"protocol":1,"job_id":"job-2","instance":"scale_upstairs","plugin":"withings","command":"handle","attempt":2,' +
      '"max_attempts":5,"idempotency_key":"effect-1","deadline_at":"2026-11-23T10:00:00.000Z","previous_attempts":[],' +
      '"config":{"client_id":"me"},"state":{"cursor":42},"payload":{"kg":80},' +
      '"workspace":"/var/lib/ductile/work/job-0","trace":{"root_job_id":"job-0","parent_job_id":"job-1"}}',
  );
});

test('the event and the delivery are told only to jobs that they made', () => {
  const webhook: JsonObject = { name: 'github', headers: { 'x-github-event': 'push' }, query: {}, body_base64: 'AA==' };
  const request = JSON.parse(encodeRequest({ ...INPUT, event: EVENT, webhook }));
  assert.deepEqual(Object.keys(request).slice(-4), ['event', 'webhook', 'workspace', 'trace']);
  assert.deepEqual(request.webhook, webhook);
  assert.deepEqual(request.event, {
    event_id: 'event-1',
    type: 'health.weight.recorded',
    source: 'instance:withings',
    occurred_at: '2026-11-23T09:59:00.000Z',
    payload: { kg: 80.5 },
  });
});

test('earlier attempts are told with how they ended', () => {
  const error = { code: 'timeout', message: 'took longer than 60s' };
  const request = JSON.parse(
    encodeRequest({
      ...INPUT,
      previousAttempts: [
        { attempt: 1, outcome: 'timed_out', error },
        { attempt: 2, outcome: 'orphaned', error: null },
      ],
    }),
  );
  assert.deepEqual(request.previous_attempts, [
    { attempt: 1, outcome: 'timed_out', error },
    { attempt: 2, outcome: 'orphaned', error: null },
  ]);
});

const object = z.record(z.string(), z.unknown());
const requestSchema = z.strictObject({
  protocol: z.literal(1),
  job_id: z.string(),
  instance: z.string(),
  plugin: z.string(),
  command: z.string(),
  attempt: z.int(),
  max_attempts: z.int(),
  idempotency_key: z.string(),
  deadline_at: z.iso.datetime({ precision: 3 }),
  previous_attempts: z.array(
    z.strictObject({
      attempt: z.int(),
      outcome: z.string(),
      error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
  config: object,
  state: object,
  payload: z.unknown(),
  event: z
    .strictObject({
      event_id: z.string(),
      type: z.string(),
      source: z.string(),
      occurred_at: z.iso.datetime({ precision: 3 }),
      payload: z.unknown(),
    })
    .optional(),
  webhook: object.optional(),
  workspace: z.string(),
  trace: z.strictObject({ root_job_id: z.string(), parent_job_id: z.string().nullable() }),
});

test('whatever is encoded is read back as the same values', () => {
  const text = fc.string({ unit: 'binary' });
  const json = fc.jsonValue({ maxDepth: 3 });
  const config = fc.dictionary(text, json, { maxKeys: 3, noNullPrototype: true });
  const instant = fc.integer({ min: 0, max: 253_402_300_799_999 });
  const input = fc.record({
    payload: json,
    config,
    state: config,
    eventPayload: fc.option(json),
    message: text,
    key: text,
    deadlineAt: instant,
    parentJobId: fc.option(text),
  });
  fc.assert(
    fc.property(input, ({ payload, config, state, eventPayload, message, key, deadlineAt, parentJobId }) => {
      const encoded = encodeRequest({
        ...INPUT,
        job: { ...JOB, payload: JSON.parse(JSON.stringify(payload)), idempotencyKey: key, parentJobId },
        instance: { ...INSTANCE, config: JSON.parse(JSON.stringify(config)) },
        state: JSON.parse(JSON.stringify(state)),
        event: eventPayload === null ? null : { ...EVENT, payload: JSON.parse(JSON.stringify(eventPayload)) },
        previousAttempts: [{ attempt: 1, outcome: 'failed', error: { code: 'unknown', message } }],
        deadlineAt,
      });
      const request: unknown = JSON.parse(encoded);
      const read = requestSchema.parse(request);
      const same = (value: unknown) => JSON.parse(JSON.stringify(value));
      assert.deepEqual(read.payload, same(payload));
      assert.deepEqual(same(Reflect.get(Object(request), 'config')), same(config));
      assert.deepEqual(same(Reflect.get(Object(request), 'state')), same(state));
      assert.deepEqual(read.event?.payload, eventPayload === null ? undefined : same(eventPayload));
      assert.equal(read.previous_attempts[0]?.error?.message, message);
      assert.equal(read.idempotency_key, key);
      assert.equal(read.deadline_at, formatInstant(deadlineAt));
      assert.equal(read.trace.parent_job_id, parentJobId);
    }),
    { numRuns: 200 },
  );
});
