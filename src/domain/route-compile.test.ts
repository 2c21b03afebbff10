import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRoute, type RouteText } from './route-compile.ts';

const REFERENCES = {
  instances: new Map([
    ['withings', ['poll']],
    ['notify', ['handle', 'digest']],
  ]),
  webhooks: ['github'],
};

function compiled(change: Partial<RouteText>, references = REFERENCES) {
  return compileRoute({ name: 'r', event_type: 'a.b', to: 'notify', ...change }, references);
}

function problemsOf(change: Partial<RouteText>, references = REFERENCES) {
  const result = compiled(change, references);
  assert.equal(result.ok, false, Object.keys(change).join());
  return result.ok ? [] : result.problems;
}

test('a route as written becomes a compiled one, defaults filled', () => {
  const result = compiled({});
  assert.ok(result.ok);
  assert.deepEqual(result.route, {
    name: 'r',
    from: null,
    eventType: 'a.b',
    when: null,
    to: [{ instance: 'notify', command: 'handle' }],
    with: null,
    dedupeKey: null,
    delayMs: 0,
    priority: null,
    maxAttempts: null,
    timeoutMs: null,
  });
});

test('a source is an instance, named with or without its kind, a webhook, api or cli', () => {
  const sources = [
    ['withings', 'instance:withings'],
    ['instance:withings', 'instance:withings'],
    ['webhook:github', 'webhook:github'],
    ['api', 'api'],
    ['cli', 'cli'],
  ] as const;
  for (const [from, expected] of sources) {
    const result = compiled({ from });
    assert.equal(result.ok && result.route.from, expected);
  }
});

test('targets are a name, a map, or a list of them', () => {
  const digest = { instance: 'notify', command: 'digest' };
  const result = compiled({ to: ['notify', digest] });
  assert.deepEqual(result.ok && result.route.to, [{ instance: 'notify', command: 'handle' }, digest]);
  const one = compiled({ to: { instance: 'notify', command: undefined } });
  assert.deepEqual(one.ok && one.route.to, [{ instance: 'notify', command: 'handle' }]);
});

test('types, prefixes and the star are accepted', () => {
  for (const event_type of ['a', 'a.b', 'a.*', '*', 'ductile.*', 'ductile.job.failed']) {
    assert.equal(compiled({ event_type }).ok, true, event_type);
  }
});

interface Case {
  readonly change: Partial<RouteText>;
  readonly key: string;
  readonly code: string;
  readonly message: RegExp;
  readonly hint: RegExp | null;
  readonly offset?: number;
}

const CASES: readonly Case[] = [
  {
    change: { event_type: 'Health' },
    key: 'event_type',
    code: 'invalid_event_type',
    message: /not an event type/,
    hint: /`backup\.\*`/,
  },
  {
    change: { event_type: 'health*' },
    key: 'event_type',
    code: 'invalid_event_type',
    message: /not an event type/,
    hint: /mean "health\.\*"/,
  },
  {
    change: { event_type: '*.b' },
    key: 'event_type',
    code: 'invalid_event_type',
    message: /not an event type/,
    hint: /write a type/,
  },
  {
    change: { event_type: `${'a'.repeat(129)}.*` },
    key: 'event_type',
    code: 'invalid_event_type',
    message: /longer than/,
    hint: /write/,
  },
  {
    change: { from: 'withing' },
    key: 'from',
    code: 'unknown_reference',
    message: /no instance "withing"/,
    hint: /mean "withings"/,
  },
  {
    change: { from: 'webhook:zzz' },
    key: 'from',
    code: 'unknown_reference',
    message: /no webhook "zzz"/,
    hint: /there are: github/,
  },
  { change: { from: 'plugin:x' }, key: 'from', code: 'invalid_value', message: /not a source/, hint: /instance:x/ },
  {
    change: { to: 'notfy' },
    key: 'to',
    code: 'unknown_reference',
    message: /no instance "notfy"/,
    hint: /mean "notify"/,
  },
  {
    change: { to: ['notify', 'zzz'] },
    key: 'to.1',
    code: 'unknown_reference',
    message: /zzz/,
    hint: /withings, notify/,
  },
  {
    change: { to: 'withings' },
    key: 'to',
    code: 'unknown_command',
    message: /"withings" has no command "handle"/,
    hint: /there are: poll/,
  },
  {
    change: { to: { instance: 'notify', command: 'digset' } },
    key: 'to',
    code: 'unknown_command',
    message: /no command "digset"/,
    hint: /mean "digest"/,
  },
  { change: { to: [] }, key: 'to', code: 'invalid_value', message: /leads nowhere/, hint: /at least one/ },
  {
    change: { to: ['notify', 'notify'] },
    key: 'to.1',
    code: 'duplicate_name',
    message: /notify \(handle\) twice/,
    hint: /remove/,
  },
  {
    change: { when: 'payload.kg >' },
    key: 'when',
    code: 'invalid_expression',
    message: /ends too early/,
    hint: null,
    offset: 12,
  },
  {
    change: { when: 'kg > 1' },
    key: 'when',
    code: 'invalid_expression',
    message: /unknown name kg/,
    hint: /write payload\.kg/,
    offset: 0,
  },
  {
    change: { dedupe_key: 'a${{' },
    key: 'dedupe_key',
    code: 'invalid_expression',
    message: /without its/,
    hint: null,
    offset: 1,
  },
  {
    change: { with: { a: ['${{ 1 + }}'] } },
    key: 'with.a.0',
    code: 'invalid_expression',
    message: /ends too/,
    hint: null,
    offset: 8,
  },
  {
    change: { with: { a: Number.POSITIVE_INFINITY } },
    key: 'with',
    code: 'invalid_value',
    message: /JSON cannot express/,
    hint: null,
  },
  { change: { with: [1n] }, key: 'with', code: 'invalid_value', message: /JSON cannot express/, hint: null },
];

test('what is wrong with a route is told with its place, a code and a hint', () => {
  for (const { change, key, code, message, hint, offset } of CASES) {
    const problems = problemsOf(change);
    assert.equal(problems.length, 1, JSON.stringify(problems));
    const [problem] = problems;
    assert.equal(problem?.key.join('.'), key);
    assert.equal(problem?.code, code);
    assert.match(problem?.message ?? '', message);
    if (hint === null) assert.equal(problem?.hint, null);
    else assert.match(problem?.hint ?? '', hint);
    assert.equal(problem?.offset, offset, key);
  }
});

test('everything that is wrong is told at once', () => {
  const problems = problemsOf({
    event_type: 'A',
    when: '1 +',
    to: 'nobody',
    with: '${{',
    dedupe_key: '${{ x }}',
    from: 'x:y',
  });
  assert.deepEqual(
    problems.map((problem) => problem.key.join('.')),
    ['from', 'event_type', 'when', 'to', 'with', 'dedupe_key'],
  );
});

test('where nothing is configured the hint says so', () => {
  const [problem] = problemsOf({ from: 'webhook:x' }, { ...REFERENCES, webhooks: [] });
  assert.equal(problem?.hint, 'no webhook is configured');
});
