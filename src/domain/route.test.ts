import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eventOf } from '../../test/values.ts';
import type { Event } from './event.ts';
import { DEFAULT_LIMITS, type Instance } from './instance.ts';
import type { Job } from './job.ts';
import type { Json } from './json.ts';
import { type CompiledRoute, matchesType, type RoutingInput, routeEvent } from './route.ts';
import { compileRoute, type RouteText } from './route-compile.ts';
import { newRouteMeter } from './route-meter.ts';

const NOW = Date.UTC(2026, 10, 23, 10);

function instanceNamed(name: string, enabled = true): Instance {
  const retry = { maxAttempts: 5, baseMs: 1, capMs: 1 };
  return { name, plugin: `${name}_plugin`, enabled, retry, limits: DEFAULT_LIMITS } as Instance;
}

const INSTANCES = new Map(
  [instanceNamed('notify'), instanceNamed('journal'), instanceNamed('off', false)].map((made) => [made.name, made]),
);
const REFERENCES = {
  instances: new Map(['notify', 'journal', 'off', 'withings'].map((name) => [name, ['handle', 'poll']])),
  webhooks: ['github'],
};

function route(change: Partial<RouteText> = {}): CompiledRoute {
  const text: RouteText = { name: 'r', event_type: 'health.weight', to: 'notify', ...change };
  const compiled = compileRoute(text, REFERENCES);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.route;
}

const event = (change: Partial<Event> = {}) => eventOf({ id: 'e1', occurredAt: NOW, createdAt: NOW, ...change });

const EMITTER = { id: 'j0', instance: 'withings', command: 'poll', rootJobId: 'root' } as Job;

function routed(routes: readonly CompiledRoute[], change: Partial<RoutingInput> = {}) {
  let made = 0;
  return routeEvent({
    event: event(),
    emitter: null,
    routes,
    targets: (name) => INSTANCES.get(name),
    maxDepth: 16,
    dedupeWindowMs: 1_000,
    priority: 0,
    configVersion: 'v1',
    now: NOW,
    newId: () => {
      made += 1;
      return `j${made}`;
    },
    ...change,
  });
}

const TYPES: readonly (readonly [pattern: string, type: string, matches: boolean])[] = [
  ['health.weight', 'health.weight', true],
  ['health.weight', 'health.weight.v2', false],
  ['health.*', 'health.weight', true],
  ['health.*', 'health.weight.v2', true],
  ['health.*', 'health', false],
  ['health.*', 'healthy.weight', false],
  ['*', 'health.weight', true],
  ['*', 'ductile.job.failed', false],
  ['*', 'ductiles.job', true],
  ['ductile.*', 'ductile.job.failed', true],
];

test('a pattern matches a type exactly, by its prefix, or as a star that leaves out the core', () => {
  for (const [pattern, type, expected] of TYPES)
    assert.equal(matchesType(pattern, type), expected, `${pattern} ${type}`);
});

test('an event from outside makes jobs that are roots, one hop deep', () => {
  const { drafts, decisions } = routed([route()], { priority: 3 });
  assert.deepEqual(drafts, [
    {
      id: 'j1',
      instance: 'notify',
      plugin: 'notify_plugin',
      command: 'handle',
      payload: { kg: 81 },
      priority: 3,
      maxAttempts: 5,
      runAt: NOW,
      dedupeKey: null,
      dedupeWindowMs: 1_000,
      idempotencyKey: 'j1',
      submittedBy: 'route:r',
      parentJobId: null,
      rootJobId: 'j1',
      sourceEventId: 'e1',
      depth: 1,
      timeoutMs: null,
      fromCore: false,
      configVersion: 'v1',
      createdAt: NOW,
    },
  ]);
  assert.deepEqual(
    decisions.map(({ code, text, values, route: name, eventId, jobId }) => ({
      code,
      text,
      values,
      name,
      eventId,
      jobId,
    })),
    [
      {
        code: 'route_taken',
        text: 'Route r was taken: it leads to notify.',
        values: { jobs: ['j1'] },
        name: 'r',
        eventId: 'e1',
        jobId: null,
      },
    ],
  );
});

test('an event of a job makes children of it, and the route overrides what they inherit', () => {
  const set = { priority: 9, max_attempts: 1, timeout: 500, delay: 60_000 };
  const change = { emitter: EMITTER, event: event({ depth: 4, rootJobId: 'root' }), priority: 3 };
  const { drafts, decisions } = routed([route(), route(set)], change);
  const shown = drafts.map(({ parentJobId, rootJobId, depth, priority, maxAttempts, timeoutMs, runAt }) => {
    return { parentJobId, rootJobId, depth, priority, maxAttempts, timeoutMs, wait: runAt - NOW };
  });
  const child = { parentJobId: 'j0', rootJobId: 'root', depth: 5 };
  assert.deepEqual(shown, [
    { ...child, priority: 3, maxAttempts: 5, timeoutMs: null, wait: 0 },
    { ...child, priority: 9, maxAttempts: 1, timeoutMs: 500, wait: 60_000 },
  ]);
  assert.deepEqual(
    decisions.map((decision) => decision.jobId),
    ['j0', 'j0'],
  );
});

test('a condition sees the payload, the event and the emitter', () => {
  const when = 'payload.kg > 80 && event.occurred_at == "2026-11-23T10:00:00.000Z" && event.event_id == "e1"';
  assert.equal(routed([route({ when })]).drafts.length, 1);
  assert.equal(routed([route({ when: 'job == null' })]).drafts.length, 1);
  const emitted = { emitter: EMITTER };
  const whole = 'job == {"id": "j0", "instance": "withings", "command": "poll", "root_job_id": "root"}';
  assert.equal(routed([route({ when: whole })], emitted).drafts.length, 1);
  assert.equal(
    routed([route({ when: 'event.payload == payload && event.source == "instance:withings"' })]).drafts.length,
    1,
  );
});

const REFUSALS: readonly {
  readonly change: Partial<RouteText>;
  readonly code: string;
  readonly text: RegExp;
  readonly values: Json;
}[] = [
  {
    change: { when: 'payload.kg > 90' },
    code: 'route_condition_false',
    text: /^Route r was not taken: its condition was false\.$/,
    values: { 'payload.kg': 81 },
  },
  {
    change: { when: 'payload.kgs > 90' },
    code: 'route_condition_error',
    text: /its condition could not be evaluated: payload has no key kgs; did you mean kg\?; ask with has\(\) first/,
    values: { part: 'when', message: 'payload has no key kgs; did you mean kg?', inputs: {} },
  },
  {
    change: { when: 'payload.kg' },
    code: 'route_condition_error',
    text: /must give true or false, and this one gave the number 81/,
    values: {
      part: 'when',
      message: 'a condition must give true or false, and this one gave the number 81',
      inputs: { 'payload.kg': 81 },
    },
  },
  {
    change: { with: { a: '${{ payload.kg / 0 }}' } },
    code: 'route_condition_error',
    text: /its mapping could not be evaluated: a: division by zero\.$/,
    values: { part: 'with', message: 'a: division by zero' },
  },
  {
    change: { dedupe_key: 'x:${{ payload.day }}' },
    code: 'route_condition_error',
    text: /its dedupe key could not be evaluated: payload has no key day/,
    values: { part: 'dedupe_key', message: 'payload has no key day' },
  },
  {
    change: { dedupe_key: '${{ null }}' },
    code: 'route_condition_error',
    text: /a key has 1 to 1000 characters, and this one has 0/,
    values: { part: 'dedupe_key', message: 'a key has 1 to 1000 characters, and this one has 0' },
  },
  {
    change: { dedupe_key: 'x\ud83d' },
    code: 'route_condition_error',
    text: /a key must not hold half a surrogate pair/,
    values: { part: 'dedupe_key', message: 'a key must not hold half a surrogate pair' },
  },
  {
    change: { to: 'off' },
    code: 'route_target_disabled',
    text: /its target off is disabled; set plugins\.off\.enabled to true/,
    values: { instance: 'off' },
  },
  {
    change: { to: 'withings' },
    code: 'route_target_disabled',
    text: /its target withings is not configured/,
    values: { instance: 'withings' },
  },
];

test('a route that is not taken says why, and others go on', () => {
  for (const { change, code, text, values } of REFUSALS) {
    const { drafts, decisions } = routed([route(change), route({ name: 'other' })]);
    assert.deepEqual(
      drafts.map((draft) => draft.submittedBy),
      ['route:other'],
      code,
    );
    assert.equal(decisions.length, 2);
    const [decision] = decisions;
    assert.equal(decision?.code, code);
    assert.match(decision?.text ?? '', text);
    assert.deepEqual(decision?.values, values);
    assert.equal(decision?.collapseKey, null);
  }
});

test('a chain longer than allowed is refused', () => {
  const allowed = routed([route()], { event: event({ depth: 15 }) });
  assert.equal(allowed.drafts[0]?.depth, 16);
  const { drafts, decisions } = routed([route()], { event: event({ depth: 16 }) });
  assert.equal(drafts.length, 0);
  assert.equal(decisions[0]?.code, 'route_max_depth');
  assert.match(
    decisions[0]?.text ?? '',
    /would be 17 hops long and 16 are allowed; look for routes that feed each other/,
  );
});

test('an event that no route asks for is recorded once per type and source', () => {
  const routes = [route({ event_type: 'other' }), route({ from: 'webhook:github' })];
  const { drafts, decisions } = routed(routes);
  assert.equal(drafts.length, 0);
  assert.equal(decisions.length, 1);
  assert.equal(decisions[0]?.code, 'event_unrouted');
  assert.equal(decisions[0]?.collapseKey, 'event_unrouted health.weight instance:withings');
});

test('a mapping makes the payload and a fan-out makes a job for each target that is enabled', () => {
  const to = ['notify', { instance: 'journal', command: 'poll' }, 'off'];
  const { drafts, decisions } = routed([route({ to, with: { kg: '${{ payload.kg }}' } })]);
  assert.deepEqual(
    drafts.map(({ id, instance, command, payload }) => ({ id, instance, command, payload })),
    [
      { id: 'j1', instance: 'notify', command: 'handle', payload: { kg: 81 } },
      { id: 'j2', instance: 'journal', command: 'poll', payload: { kg: 81 } },
    ],
  );
  assert.deepEqual(
    decisions.map((decision) => decision.text),
    [
      'Route r was taken: it leads to notify, journal.poll.',
      'Route r was not taken: its target off is disabled; set plugins.off.enabled to true.',
    ],
  );
});

test('a dedupe key comes from the route, else from the event, per route and target', () => {
  const to = ['notify', { instance: 'journal', command: 'poll' }];
  const keyed = { event: event({ dedupeKey: 'k' }) };
  const keys = (routes: readonly CompiledRoute[], change: Partial<RoutingInput>) =>
    routed(routes, change).drafts.map((draft) => draft.dedupeKey);
  assert.deepEqual(keys([route({ to })], keyed), ['r/notify/k', 'r/journal.poll/k']);
  assert.deepEqual(keys([route({ to, dedupe_key: 'w:${{ payload.kg }}' })], keyed), ['w:81', 'w:81']);
  assert.deepEqual(keys([route({ to })], {}), [null, null]);
});

test('what an event of the core causes is marked, however many hops on', () => {
  const core = route({ event_type: 'ductile.*' });
  assert.equal(routed([core], { event: event({ type: 'ductile.job.dead' }) }).drafts[0]?.fromCore, true);
  assert.equal(routed([route()], { event: event({ fromCore: true }) }).drafts[0]?.fromCore, true);
});

test('every matching route fires in order, with its own ids, one hop deeper, at the inherited priority', () => {
  const texts = fc.record({
    event_type: fc.constantFrom('a.b', 'a.b.c', 'a.*', '*', 'x'),
    when: fc.constantFrom(undefined, 'payload.n > 5', 'payload.n <= 5'),
    to: fc.uniqueArray(fc.constantFrom('notify', 'journal'), { minLength: 1 }),
    priority: fc.constantFrom(undefined, -7, 7),
  });
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 8 }), fc.nat(10), fc.nat(10), fc.nat(50), (given, n, depth, priority) => {
      const routes = given.map((text, index) => route({ ...text, name: `r${index}` }));
      const change = { event: event({ type: 'a.b', payload: { n }, depth }), emitter: EMITTER, priority };
      const { drafts, decisions } = routed(routes, change);
      const matching = given
        .map((text, index) => ({ ...text, index }))
        .filter(({ event_type }) => /^(a\.b|a\.\*|\*)$/.test(event_type));
      const firing = matching.filter(({ when }) => when === undefined || when.includes('<=') === n <= 5);
      const expected = firing.flatMap((text) =>
        text.to.map((to) => ({ by: `route:r${text.index}`, to, priority: text.priority ?? priority })),
      );
      assert.deepEqual(
        drafts.map((draft) => ({ by: draft.submittedBy, to: draft.instance, priority: draft.priority })),
        expected,
      );
      assert.equal(new Set(drafts.map((draft) => draft.id)).size, drafts.length);
      assert.ok(drafts.every((draft) => draft.depth === depth + 1 && draft.idempotencyKey === draft.id));
      assert.equal(decisions.length, Math.max(matching.length, 1));
    }),
  );
});

test('a secret that a decision shortens is masked before', () => {
  const secret = 'correct-horse-battery-staple';
  const mask = (text: string) => text.replaceAll(secret, '***');
  for (const at of [60, 75, 185, 195]) {
    const payload = { note: `${'x'.repeat(at)} ${secret} ${'y'.repeat(300)}` };
    for (const when of ['payload.note == "z"', 'payload.note', 'payload.note > 1', 'payload.note.size.x']) {
      const { decisions } = routed([route({ when })], { event: event({ payload }), mask });
      const [decision] = decisions;
      assert.notEqual(decision?.code, 'route_taken');
      assert.doesNotMatch(JSON.stringify(decision), /corr/, `${when} ${at}`);
    }
  }
});

test('the expressions of all routes draw on one meter, and a route that finds it empty says so', () => {
  const payload = Array.from({ length: 5_000 }, (_, index) => index);
  const routes = Array.from({ length: 40 }, (_, index) => route({ name: `r${index}`, when: 'payload.all(x, x >= 0)' }));
  const { drafts, decisions } = routed(routes, { event: event({ payload }) });
  assert.ok(drafts.length > 20 && drafts.length < 30, String(drafts.length));
  const last = decisions.at(-1);
  assert.equal(last?.code, 'route_condition_error');
  assert.match(last?.text ?? '', /the routes of this commit are too costly together: they may take 500000 steps/);
  const meter = newRouteMeter();
  const codes = [1, 2].map(
    () => routed(routes.slice(0, 15), { event: event({ payload }), meter }).decisions.at(-1)?.code,
  );
  assert.deepEqual(codes, ['route_taken', 'route_condition_error']);
});

test('a payload larger than a target takes is refused for that target alone', () => {
  const limits = { ...DEFAULT_LIMITS, jobPayloadBytes: 20 };
  const targets = (name: string) => (name === 'journal' ? { ...instanceNamed(name), limits } : INSTANCES.get(name));
  const payload = { text: 'é'.repeat(5) };
  const { drafts, decisions } = routed([route({ to: ['notify', 'journal'] })], { targets, event: event({ payload }) });
  assert.deepEqual(
    drafts.map((draft) => draft.instance),
    ['notify'],
  );
  const refusal = decisions[1];
  assert.equal(refusal?.code, 'route_payload_too_large');
  assert.equal(refusal?.instance, 'journal');
  assert.match(refusal?.text ?? '', /the payload is 21 bytes and journal takes 20 \(limits\.job_payload\)/);
  assert.deepEqual(refusal?.values, { bytes: 21, limit: 20 });
  const small = routed([route({ to: 'journal', with: { kg: 1 } })], { targets, event: event({ payload }) });
  assert.equal(small.drafts.length, 1);
});
