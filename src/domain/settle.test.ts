import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { commandOf, emittedOf, evidenceOf, instanceOf, jobOf, manifestOf, okResponse } from '../../test/values.ts';
import type { RoutingContext } from './core-event.ts';
import type { Instance } from './instance.ts';
import { isTerminal, type Job, TRANSITIONS } from './job.ts';
import type { Outcome } from './outcome.ts';
import { createRedactor } from './redact.ts';
import type { EmittedEvent, Response } from './response.ts';
import { compileRoute } from './route-compile.ts';
import { MAX_ORPHANS, type SettleInput, settle } from './settle.ts';
import { finishSteps } from './steps.ts';

const NOW = 1_000_000;

const job = jobOf({
  priority: 7,
  maxAttempts: 3,
  runAt: 5,
  rootJobId: 'root',
  depth: 2,
  createdAt: 1,
  startedAt: 2,
});
const evidence = evidenceOf();
const retry = { maxAttempts: 3, baseMs: 1_000, capMs: 60_000 };

function instanceNamed(name: string, idempotent = true): Instance {
  return instanceOf({ name, retry, manifest: manifestOf([commandOf({ name: 'handle', idempotent })]) });
}

function routeOf(name: string, eventType: string, when?: string) {
  const known = { instances: new Map([['p', ['handle']]]), webhooks: [] };
  const compiled = compileRoute(
    { name, event_type: eventType, to: 'p', ...(when === undefined ? {} : { when }) },
    known,
  );
  assert.ok(compiled.ok);
  return compiled.route;
}

const context: RoutingContext = {
  routes: [routeOf('all', 'a.*'), routeOf('failures', 'ductile.job.failed', 'payload.instance == "p"')],
  expected: [],
  instance: (name) => (name === 'p' ? instanceNamed('p') : undefined),
  redactor: createRedactor({ secrets: ['hunter2hunter2'], keys: [], patterns: [] }),
  maxDepth: 16,
  dedupeWindowMs: 1_000,
  configVersion: 'v2',
};

function settled(outcome: Outcome, change: Partial<Omit<SettleInput, 'job'>> & { job?: Partial<Job> } = {}) {
  let ids = 0;
  const input: SettleInput = {
    run: { outcome, evidence },
    kept: { response: null, truncated: false },
    stateVersion: 4,
    instance: instanceNamed('p'),
    context,
    configVersion: 'v1',
    now: NOW,
    initHash: null,
    random: 0.5,
    newId: () => {
      ids += 1;
      return `new-${ids}`;
    },
    ...change,
    job: { ...job, ...change.job },
  };
  return finishSteps(settle(input));
}

const answered = (change: Partial<Response> = {}): Outcome => ({ kind: 'answered', response: okResponse(change) });
const event = (type: string, change: Partial<EmittedEvent> = {}) => emittedOf({ type, payload: { n: 1 }, ...change });

test('a success commits result, state, events and the jobs they cause, all at once', () => {
  const settlement = settled(
    answered({ result: { n: 1 }, stateUpdates: { cursor: 1 }, events: [event('a.b', { occurredAt: 77 }), event('c')] }),
  );
  assert.deepEqual(
    [settlement.status, settlement.attemptsUsed, settlement.completedAt, settlement.result, settlement.statePatch],
    ['succeeded', 1, NOW, { n: 1 }, { cursor: 1 }],
  );
  const [routed, unrouted] = settlement.events;
  assert.deepEqual(
    [routed?.event.type, routed?.event.occurredAt, routed?.event.source, routed?.event.rootJobId, routed?.event.jobId],
    ['a.b', 77, 'instance:p', 'root', 'job-1'],
  );
  assert.deepEqual(
    routed?.drafts.map(({ instance, depth, priority, parentJobId, rootJobId, submittedBy, configVersion }) => [
      instance,
      depth,
      priority,
      parentJobId,
      rootJobId,
      submittedBy,
      configVersion,
    ]),
    [['p', 3, 7, 'job-1', 'root', 'route:all', 'v2']],
  );
  assert.deepEqual(unrouted?.drafts, []);
  assert.equal(unrouted?.event.occurredAt, NOW);
  assert.equal(settlement.attempt.configVersion, 'v1');
  assert.equal(settlement.attempt.stateVersion, 4);
});

test('an event keeps the id that its emitter gave it', () => {
  assert.equal(settled(answered({ events: [event('a.b', { eventId: 'mine' })] })).events[0]?.event.id, 'mine');
});

test('a failed attempt commits its state updates, but neither result nor events', () => {
  const settlement = settled(
    answered({
      status: 'error',
      error: { code: 'network', message: 'no' },
      result: 'x',
      stateUpdates: { token: 1 },
      events: [event('a.b')],
    }),
  );
  assert.deepEqual(
    [settlement.status, settlement.result, settlement.statePatch, settlement.events],
    ['queued', null, { token: 1 }, []],
  );
  assert.equal(settlement.runAt, NOW + 750);
  assert.equal(settlement.attempt.retryAt, NOW + 750);
  assert.deepEqual(settlement.lastError, { code: 'network', message: 'no' });
});

test('the wait that a plugin asks for is exact', () => {
  const outcome = answered({ status: 'error', error: { code: 'rate_limited', message: '' }, retryAfterMs: 61_234 });
  assert.equal(settled(outcome).runAt, NOW + 61_234);
});

test('the last attempt makes a job dead, a permanent error makes it failed', () => {
  assert.equal(settled({ kind: 'exited' }, { job: { attemptsUsed: 2 } }).status, 'dead');
  assert.equal(settled({ kind: 'refused', code: 'invalid_input', message: 'm' }).status, 'failed');
});

test('an unknown instance has no retry policy: its job is dead at once', () => {
  assert.equal(settled({ kind: 'spawn_failed', message: 'm' }, { instance: null }).status, 'dead');
});

test('a cancelled attempt ends its job and is not charged', () => {
  const settlement = settled({ kind: 'cancelled' });
  assert.deepEqual([settlement.status, settlement.attemptsUsed], ['cancelled', 0]);
});

test('an orphaned attempt of a command that runs at most once ends the job, but uses up no attempt', () => {
  const once = instanceNamed('p', false);
  const { status, lastError, attemptsUsed } = settled({ kind: 'orphaned' }, { instance: once });
  assert.deepEqual([status, lastError?.code, attemptsUsed], ['failed', 'outcome_unknown', 0]);
});

test('the events of a long response are routed over several steps, in their order', () => {
  const types = Array.from({ length: 50 }, (_, i) => `a.n${i}`);
  const { events } = settled(answered({ events: types.map((type) => event(type)) }));
  assert.deepEqual(
    events.map(({ event: { type }, drafts }) => [type, drafts.length]),
    types.map((type) => [type, 1]),
  );
});

test('orphaned and interrupted attempts are due at once and are not charged; the eleventh orphan is dead', () => {
  const orphan = settled({ kind: 'orphaned' });
  assert.deepEqual([orphan.status, orphan.runAt, orphan.attemptsUsed, orphan.orphans], ['queued', NOW, 0, 1]);
  assert.deepEqual(
    orphan.decisions.map(({ code, jobId }) => [code, jobId]),
    [['job_orphaned', 'job-1']],
  );
  const interrupted = settled({ kind: 'interrupted', started: true });
  assert.deepEqual([interrupted.status, interrupted.orphans], ['queued', 0]);
  const last = settled({ kind: 'orphaned' }, { job: { orphans: MAX_ORPHANS } });
  assert.deepEqual([last.status, last.lastError?.code, last.orphans], ['dead', 'orphan_limit', MAX_ORPHANS + 1]);
});

test('a job at two ends of the gateway in a row is a suspect; an end while it runs alone is poison', () => {
  const codes = (change: Partial<Job>): readonly string[] =>
    settled({ kind: 'orphaned' }, { job: change }).decisions.map(({ code }) => code);
  const once = settled({ kind: 'orphaned' }, { job: { uncleanEnds: 1 } });
  assert.deepEqual([once.status, once.uncleanEnds, once.suspect], ['queued', 1, false]);
  assert.deepEqual(codes({ uncleanEnds: 1 }), ['job_orphaned']);
  const twice = settled({ kind: 'orphaned' }, { job: { uncleanEnds: 2 } });
  assert.deepEqual([twice.status, twice.runAt, twice.uncleanEnds, twice.suspect], ['queued', NOW, 2, true]);
  assert.deepEqual(codes({ uncleanEnds: 2 }), ['job_orphaned', 'suspect_waits']);
  const alone = settled({ kind: 'orphaned' }, { job: { uncleanEnds: 3, suspect: true } });
  assert.deepEqual(
    [alone.status, alone.attempt.outcome, alone.attemptsUsed, alone.suspect, alone.lastError?.code],
    ['dead', 'orphaned', 0, false, 'poison'],
  );
  assert.match(alone.lastError?.message ?? '', /ended 3 times in a row .* then retry it/);
});

test('a suspect whose attempt ends while the gateway lives is none, however it ends', () => {
  const suspect = { uncleanEnds: 2, suspect: true };
  const ends: readonly Outcome[] = [answered(), { kind: 'exited' }, { kind: 'interrupted', started: true }];
  for (const outcome of ends) {
    const settlement = settled(outcome, { job: suspect });
    assert.deepEqual([settlement.uncleanEnds, settlement.suspect], [0, false], outcome.kind);
  }
  assert.equal(settled({ kind: 'exited' }, { job: { uncleanEnds: 1 } }).uncleanEnds, 1);
  assert.equal(settled(answered(), { job: { uncleanEnds: 1 } }).uncleanEnds, 0);
});

test('the core tells routes that wait for it how a job ended, and what that causes tells nothing further', () => {
  const failed = settled({ kind: 'refused', code: 'invalid_input', message: 'm' });
  const [core] = failed.events;
  assert.equal(core?.event.type, 'ductile.job.failed');
  assert.equal(core?.event.source, 'core');
  assert.deepEqual(
    core?.drafts.map(({ fromCore }) => fromCore),
    [true],
  );
  assert.deepEqual(
    settled({ kind: 'refused', code: 'invalid_input', message: 'm' }, { job: { fromCore: true } }).events,
    [],
  );
  assert.deepEqual(settled({ kind: 'cancelled' }).events, []);
  assert.deepEqual(settled(answered()).events, []);
});

test('the breaker hears of scheduled jobs that ended, and of nothing else', () => {
  const scheduled = { submittedBy: 'scheduler:p/default' };
  assert.equal(settled(answered(), { job: scheduled }).breaker?.succeeded, true);
  assert.equal(settled({ kind: 'exited' }, { job: { ...scheduled, attemptsUsed: 2 } }).breaker?.succeeded, false);
  assert.equal(settled({ kind: 'exited' }, { job: scheduled }).breaker, null);
  assert.equal(settled({ kind: 'cancelled' }, { job: scheduled }).breaker, null);
  assert.equal(settled(answered()).breaker, null);
  assert.equal(settled(answered(), { instance: null, job: scheduled }).breaker, null);
});

test('secrets are masked in results, errors and log entries', () => {
  const secret = 'hunter2hunter2';
  const good = settled(
    answered({ result: { echo: secret }, logs: [{ level: 'info', message: secret, fields: { at: secret } }] }),
  );
  const bad = settled(answered({ status: 'error', error: { code: 'x', message: `no ${secret}` } }));
  assert.ok(!JSON.stringify([good, bad]).includes(secret));
  const watching = { ...context, routes: [routeOf('watch', 'a.*', 'payload.key == "x"')] };
  const routed = settled(answered({ events: [event('a.b', { payload: { key: secret } })] }), { context: watching });
  assert.deepEqual(routed.events[0]?.decisions[0]?.values, { 'payload.key': '***' });
  assert.deepEqual(routed.events[0]?.event.payload, { key: secret });
  assert.deepEqual(good.attempt.logs, [{ level: 'info', message: '***', fields: { at: '***' } }]);
});

test('an answer that contradicts its exit code is a failure', () => {
  const run = { outcome: answered({ events: [event('a.b')] }), evidence: { ...evidence, exitCode: 3 } };
  const settlement = settled(answered(), { run });
  assert.deepEqual(
    [settlement.status, settlement.attempt.error?.code, settlement.events],
    ['queued', 'exit_contradiction', []],
  );
});

const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  fc.constantFrom<Outcome>(
    { kind: 'exited' },
    { kind: 'orphaned' },
    { kind: 'cancelled' },
    { kind: 'timed_out', timeoutMs: 5 },
    { kind: 'crashed', signal: 'SIGSEGV' },
    { kind: 'output_limit', message: 'm' },
    { kind: 'spawn_failed', message: 'm' },
    { kind: 'refused', code: 'invalid_input', message: 'm' },
    { kind: 'malformed', code: 'invalid_output', message: 'm' },
    { kind: 'malformed', code: 'invalid_event', message: 'm' },
    { kind: 'interrupted', started: true },
    { kind: 'interrupted', started: false },
  ),
  fc
    .record({
      status: fc.constantFrom('ok' as const, 'error' as const),
      retry: fc.constantFrom(null, true, false),
      retryAfterMs: fc.option(fc.integer({ min: 0, max: 10 ** 9 })),
      events: fc.array(fc.constantFrom(event('a.b'), event('c')), { maxLength: 3 }),
    })
    .map((change) => answered({ ...change, error: change.status === 'ok' ? null : { code: 'network', message: 'm' } })),
);

test('whatever becomes of an attempt, its job ends in a status the table allows, and no job runs for ever', () => {
  fc.assert(
    fc.property(
      outcomes,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 4 }),
      fc.boolean(),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (outcome, maxAttempts, used, idempotent, random) => {
        const attemptsUsed = Math.min(used, maxAttempts - 1);
        const settlement = settled(outcome, {
          random,
          instance: instanceNamed('p', idempotent),
          job: { maxAttempts, attemptsUsed },
        });
        const allowed = Object.values(TRANSITIONS.running);
        assert.ok(allowed.includes(settlement.status));
        assert.ok(settlement.attemptsUsed <= maxAttempts);
        assert.equal(settlement.completedAt === null, !isTerminal(settlement.status));
        assert.equal(settlement.lastError === null, settlement.status === 'succeeded');
        assert.equal(settlement.attempt.retryAt === null, settlement.status !== 'queued');
        if (settlement.status === 'queued') {
          assert.ok(settlement.attemptsUsed < maxAttempts);
          assert.ok(settlement.runAt >= NOW);
        }
        if (settlement.status !== 'succeeded') {
          assert.ok(settlement.events.every((routed) => routed.event.type.startsWith('ductile.')));
        }
        for (const { drafts, event: cause } of settlement.events) {
          for (const draft of drafts) assert.deepEqual([draft.sourceEventId, draft.parentJobId], [cause.id, job.id]);
        }
      },
    ),
  );
});

test('many events and log entries are settled in steps, and none is left out', () => {
  const logs = Array.from({ length: 250 }, () => ({ level: 'info', message: 'm', fields: {} }) as const);
  const events = Array.from({ length: 100 }, () => event('many'));
  const settlement = settled(answered({ events, logs }));
  assert.equal(settlement.events.length, 100);
  assert.equal(settlement.attempt.logs.length, 250);
});
