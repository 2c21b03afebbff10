import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodedOf } from '../../../test/values.ts';
import { DEFAULT_LIMITS, type Limits } from '../instance.ts';
import type { Json } from '../json.ts';
import { decodeManifest, type Manifest } from '../manifest.ts';
import type { DecodedResponse } from './decode-response.ts';

const MANIFEST = { name: 'scale', protocol: 1, entrypoint: 'run', commands: ['poll'] };
const open = manifestOf({});
const declaring = manifestOf({
  events: [
    'scale.battery.low',
    { type: 'scale.weighed', schema: { required: ['kg'], properties: { kg: { type: 'number' } } } },
  ],
});

function manifestOf(over: object): Manifest {
  const decoded = decodeManifest({ ...MANIFEST, ...over }, 'scale');
  assert.ok(decoded.ok);
  return decoded.manifest;
}

function decodeEvents(events: Json, manifest = open, limits: Partial<Limits> = {}): DecodedResponse {
  const bytes = new TextEncoder().encode(JSON.stringify({ protocol: 1, status: 'ok', events }));
  return decodedOf(bytes, { limits: { ...DEFAULT_LIMITS, ...limits }, manifest });
}

test('an event needs a type only; its payload is an empty object then', () => {
  const decoded = decodeEvents([
    { type: 'scale.weighed' },
    { type: 'x', payload: null, event_id: null, dedupe_key: null, occurred_at: null },
  ]);
  assert.ok(decoded.ok);
  const bare = { eventId: null, dedupeKey: null, occurredAt: null };
  assert.deepEqual(decoded.response.events, [
    { type: 'scale.weighed', payload: {}, ...bare },
    { type: 'x', payload: null, ...bare },
  ]);
});

test('an event may bring its id, dedupe key and time, at their longest', () => {
  const full = {
    type: 'a',
    payload: [1],
    event_id: '😀'.repeat(200),
    dedupe_key: 'k'.repeat(500),
    occurred_at: '2026-11-23T11:00:00+01:00',
  };
  const decoded = decodeEvents([full]);
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.response.events, [
    {
      type: 'a',
      payload: [1],
      eventId: full.event_id,
      dedupeKey: full.dedupe_key,
      occurredAt: Date.UTC(2026, 10, 23, 10),
    },
  ]);
});

test('an undeclared type and unknown fields are warnings', () => {
  const decoded = decodeEvents(
    [{ type: 'scale.wieghed', id: 1, 'event-id': 'x' }, { type: 'zzz' }, { type: 'scale.battery.low' }],
    declaring,
  );
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.response.warnings, [
    '/events/0: unknown field "id"',
    '/events/0: unknown field "event-id"; did you mean "event_id"?',
    '/events/0/type: the manifest does not declare "scale.wieghed"; did you mean "scale.weighed"?',
    '/events/1/type: the manifest does not declare "zzz"',
  ]);
});

const TYPE = 'is not an event type: at most 128 characters, lower-case segments of a-z, 0-9, _ and - joined by dots';

/** The second of two events, and the message. */
const wrong: readonly (readonly [Json, string])[] = [
  ['text', 'line 1, column 55: /events/1 must be an object, but is a string'],
  [null, 'line 1, column 55: /events/1 must be an object, but is null'],
  [{}, 'line 1, column 55: /events/1 has no "type"'],
  [{ type: 3 }, 'line 1, column 63: /events/1/type must be a string, but is a number'],
  [{ type: '' }, `line 1, column 63: /events/1/type "" ${TYPE}`],
  [{ type: 'Bad Type' }, `line 1, column 63: /events/1/type "Bad Type" ${TYPE}`],
  [{ type: 'a..b' }, `line 1, column 63: /events/1/type "a..b" ${TYPE}`],
  [{ type: 'x'.repeat(129) }, `line 1, column 63: /events/1/type "${'x'.repeat(80)}…" ${TYPE}`],
  [{ type: 'ductile' }, 'line 1, column 63: /events/1/type "ductile" is reserved: only Ductile emits ductile.*'],
  [
    { type: 'ductile.job.failed' },
    'line 1, column 63: /events/1/type "ductile.job.failed" is reserved: only Ductile emits ductile.*',
  ],
  [{ type: 'a', event_id: 7 }, 'line 1, column 78: /events/1/event_id must be a string, but is a number'],
  [{ type: 'a', event_id: '' }, 'line 1, column 78: /events/1/event_id must have 1 to 200 characters, but has 0'],
  [
    { type: 'a', event_id: 'x'.repeat(201) },
    'line 1, column 78: /events/1/event_id must have 1 to 200 characters, but has 201',
  ],
  [
    { type: 'a', event_id: 'a\u0000b' },
    'line 1, column 78: /events/1/event_id must not hold control characters or half a surrogate pair',
  ],
  [
    { type: 'a', event_id: '\ud800' },
    'line 1, column 78: /events/1/event_id must not hold control characters or half a surrogate pair',
  ],
  [{ type: 'a', dedupe_key: {} }, 'line 1, column 80: /events/1/dedupe_key must be a string, but is an object'],
  [
    { type: 'a', dedupe_key: 'x'.repeat(501) },
    'line 1, column 80: /events/1/dedupe_key must have 1 to 500 characters, but has 501',
  ],
  [{ type: 'a', occurred_at: 17 }, 'line 1, column 81: /events/1/occurred_at must be a string, but is a number'],
  [
    { type: 'a', occurred_at: 'yesterday' },
    'line 1, column 81: /events/1/occurred_at "yesterday" is not an RFC 3339 date-time such as "2026-11-23T10:00:00Z"',
  ],
];

for (const [event, message] of wrong) {
  test(`the event ${JSON.stringify(event).slice(0, 60)} refuses the whole response`, () => {
    assert.deepEqual(decodeEvents([{ type: 'good' }, event]), { ok: false, code: 'invalid_event', message });
  });
}

test('a declared schema is enforced, with the place in the response and in the payload', () => {
  assert.deepEqual(decodeEvents([{ type: 'scale.weighed', payload: { kg: 'eighty' } }], declaring), {
    ok: false,
    code: 'invalid_event',
    message:
      'line 1, column 73: /events/0/payload does not fit what the manifest declares for "scale.weighed": /payload/kg must be number',
  });
  assert.deepEqual(decodeEvents([{ type: 'scale.weighed' }], declaring), {
    ok: false,
    code: 'invalid_event',
    message:
      'line 1, column 39: /events/0/payload does not fit what the manifest declares for "scale.weighed": ' +
      "/payload must have required property 'kg'",
  });
  assert.ok(decodeEvents([{ type: 'scale.weighed', payload: { kg: 80 } }], declaring).ok);
});

test('too many events refuse the response', () => {
  const two = [{ type: 'a' }, { type: 'b' }];
  assert.ok(decodeEvents(two, open, { events: 2 }).ok);
  assert.deepEqual(decodeEvents(two, open, { events: 1 }), {
    ok: false,
    code: 'invalid_event',
    message: 'line 1, column 38: /events holds 2 events; a response may hold 1 (limits.events)',
  });
});

test('a payload over its cap refuses the response, measured as compact JSON', () => {
  const event = { type: 'a', payload: { text: 'x'.repeat(100) } };
  assert.ok(decodeEvents([event], open, { eventPayloadBytes: 111 }).ok);
  assert.deepEqual(decodeEvents([event], open, { eventPayloadBytes: 110 }), {
    ok: false,
    code: 'invalid_event',
    message:
      "line 1, column 61: /events/0/payload is 111 bytes; an event's payload may take 110 (limits.event_payload)",
  });
});

test('a payload that grows over its cap when it is printed again is refused', () => {
  const bytes = new TextEncoder().encode(
    `{"protocol":1,"status":"ok","events":[{"type":"a","payload":[${'1e20,'.repeat(99)}1e20]}]}`,
  );
  const caps = { ...DEFAULT_LIMITS, eventPayloadBytes: 2_000 };
  const decoded = decodedOf(bytes, { limits: caps, manifest: open });
  assert.ok(!decoded.ok && decoded.code === 'invalid_event');
});
