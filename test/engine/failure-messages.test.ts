import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { Expectation } from '../../src/domain/expectation.ts';
import { BETWEEN_MS, GATHER_MS } from '../../src/domain/failure-message.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { createEnqueue } from '../../src/engine/enqueue.ts';
import { createExpectations } from '../../src/engine/expectations.ts';
import { createFailureMessages } from '../../src/engine/failure-messages.ts';
import { type HarnessOptions, harness, NOON, ok, snapshotOf, temporaryDir } from './harness.ts';

/** A well-formed `error` that no retry would help. */
function failed(code: string): Outcome {
  return ok({ status: 'error', error: { code, message: 'no' }, retry: false });
}

const ON_FAILURE = { onFailure: { instance: 'notify', command: 'handle' } };

function groupsOf(message: JsonObject | undefined): readonly JsonObject[] {
  const groups = message?.['groups'];
  return Array.isArray(groups) ? groups.filter(isJsonObject) : [];
}

function idsOf(message: JsonObject | undefined): readonly Json[] {
  const ids = message?.['job_ids'];
  return Array.isArray(ids) ? ids : [];
}

/** A gateway whose `bad` always fails and whose `notify` is told so. */
async function watching(t: TestContext, more: Partial<HarnessOptions> = {}) {
  const options: HarnessOptions = {
    plugins: { bad: () => failed('auth_failed'), notify: () => ok() },
    instances: { bad: { concurrency: 50 } },
    service: ON_FAILURE,
    ...more,
  };
  const h = await harness(t, options);
  // Of its own for each start, as in a gateway.
  const parts = { ...h.parts, newId: randomUUID };
  const dispatcher = createDispatcher(parts);
  const failures = createFailureMessages(parts, dispatcher.wake);
  const expectations = createExpectations(parts, { wake: dispatcher.wake, missed: failures.hear });
  const enqueue = createEnqueue(parts, dispatcher.wake);
  h.bus.subscribe(({ status }) => {
    if (status === 'failed' || status === 'dead') failures.hear();
  });
  dispatcher.start();
  const submit = async (count: number, instance = 'bad', submittedBy = 'cli'): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      await enqueue.submit({ instance, command: 'handle', payload: { n }, submittedBy });
    }
    await h.settle();
  };
  const advance = async (ms: number): Promise<void> => {
    h.clock.advance(ms);
    await h.settle();
  };
  const told = (): readonly JsonObject[] =>
    h.requests.flatMap(({ instance, job }) => (instance.name === 'notify' ? [job.payload as JsonObject] : []));
  const use = async (change: Partial<HarnessOptions>): Promise<void> => {
    await h.use(snapshotOf({ ...options, ...change }));
    await failures.look();
    await h.settle();
  };
  const stop = async (): Promise<void> => {
    await expectations.stop();
    await failures.stop();
    await dispatcher.stop(0);
  };
  await failures.look();
  await expectations.look();
  return { h, submit, advance, told, use, stop };
}

test('500 failures are one message, which names the first of them', async (t) => {
  const { h, submit, advance, told, stop } = await watching(t, { service: { ...ON_FAILURE, maxQueued: 10_000 } });
  await submit(500);
  await advance(GATHER_MS - 1);
  assert.deepEqual(told(), []);
  await advance(1);
  const [message, ...others] = told();
  assert.deepEqual(others, []);
  assert.equal(message?.['count'], 500);
  assert.equal(idsOf(message).length, 20);
  const [group, ...further] = groupsOf(message);
  assert.deepEqual(further, []);
  assert.deepEqual(
    [group?.['kind'], group?.['instance'], group?.['command'], group?.['code'], group?.['count']],
    ['failed', 'bad', 'handle', 'auth_failed', 500],
  );
  await advance(BETWEEN_MS * 10);
  assert.equal(told().length, 1);
  assert.equal(h.clock.pending(), 0);
  await stop();
});

test('the next message keeps its distance from the one before', async (t) => {
  const { submit, advance, told, stop } = await watching(t);
  await submit(1);
  await advance(GATHER_MS);
  assert.equal(told().length, 1);
  await submit(2);
  await advance(BETWEEN_MS - 1);
  assert.equal(told().length, 1);
  await advance(1);
  assert.deepEqual(
    told().map(({ count }) => count),
    [1, 2],
  );
  await stop();
});

test('a message that fails makes no message, and neither does what came of an event of the core', async (t) => {
  const { h, submit, advance, told, stop } = await watching(t, {
    plugins: { bad: () => failed('auth_failed'), notify: () => failed('unreachable') },
    routes: [{ name: 'tell', event_type: 'ductile.job.failed', to: 'bad' }],
  });
  await submit(1);
  for (let n = 0; n < 5; n += 1) await advance(BETWEEN_MS);
  assert.deepEqual(
    told().map(({ count }) => count),
    [1],
  );
  assert.equal(await h.store.read.untoldFailures(), null);
  const { items } = await h.store.read.jobs(
    { instance: 'notify', status: null, since: null },
    { limit: 9, cursor: null },
  );
  assert.deepEqual(
    items.map(({ status, submittedBy }) => [status, submittedBy]),
    [['failed', 'core:on_failure']],
  );
  await stop();
});

test('a restart between failure and message loses nothing and tells it once', async (t) => {
  const dir = temporaryDir(t);
  const first = await watching(t, { dir });
  await first.submit(3);
  await first.advance(1_000);
  await first.stop();
  await first.h.store.close();
  const second = await watching(t, { dir, start: NOON + 2_000 });
  await second.advance(GATHER_MS - 2_001);
  assert.deepEqual(second.told(), []);
  await second.advance(1);
  assert.deepEqual(
    second.told().map(({ count }) => count),
    [3],
  );
  await second.stop();
  await second.h.store.close();
  const third = await watching(t, { dir, start: NOON + 2 * BETWEEN_MS });
  await third.h.settle();
  assert.deepEqual(third.told(), []);
  await third.stop();
});

test('a reload that removes the target forgets what was not told, and one that brings it back tells of what fails then', async (t) => {
  const { h, submit, advance, told, use, stop } = await watching(t);
  await submit(2);
  await use({ service: { onFailure: null } });
  assert.equal(await h.store.read.untoldFailures(), null);
  await submit(1);
  await advance(BETWEEN_MS);
  assert.deepEqual(told(), []);
  await use({});
  await submit(1);
  await advance(GATHER_MS);
  assert.deepEqual(
    told().map(({ count }) => count),
    [1],
  );
  await stop();
});

test('a disabled target is told nothing, and that is a decision', async (t) => {
  const { h, submit, advance, told, stop } = await watching(t, {
    instances: { notify: { enabled: false } },
  });
  await submit(2);
  await advance(GATHER_MS);
  assert.deepEqual(told(), []);
  assert.equal(await h.store.read.untoldFailures(), null);
  const { items } = await h.store.read.decisions({ instance: 'notify' }, { limit: 9, cursor: null });
  assert.deepEqual(
    items.map(({ code, text }) => [code, text]),
    [['failures_untold', 'nobody was told of 2 failures: the instance of service.on_failure is disabled']],
  );
  await stop();
});

test('a missed expectation is told of, each under its own name', async (t) => {
  const expected = (name: string): Expectation => ({
    name,
    seen: { kind: 'event', eventType: `${name}.done` },
    withinMs: 60_000,
  });
  const { advance, told, stop } = await watching(t, { expectations: [expected('backup'), expected('mail')] });
  await advance(60_000);
  await advance(GATHER_MS);
  const [message] = told();
  assert.deepEqual(
    groupsOf(message).map(({ kind, count, message: text }) => [kind, count, String(text).split(':')[0]]),
    [
      ['expectation_missed', 1, 'backup'],
      ['expectation_missed', 1, 'mail'],
    ],
  );
  assert.deepEqual(message?.['job_ids'], []);
  await stop();
});

test('a breaker that opens is told of with the jobs that opened it', async (t) => {
  const { h, submit, advance, told, stop } = await watching(t, {
    instances: { bad: { breaker: { threshold: 1, resetAfterMs: 600_000 } } },
  });
  await submit(1, 'bad', 'scheduler:bad/default');
  assert.equal((await h.store.read.breakers())[0]?.state, 'open');
  await advance(GATHER_MS);
  const [message] = told();
  assert.deepEqual(
    groupsOf(message)
      .map(({ kind }) => kind)
      .toSorted(),
    ['breaker_opened', 'failed'],
  );
  assert.match(
    String(message?.['text']),
    /- 1 × The circuit breaker of bad handle opened after 1 scheduled jobs in a row/,
  );
  assert.equal(idsOf(message).length, 1);
  await stop();
});

test('failures that lie in the future after the clock was set back are told soon', async (t) => {
  const { h, submit, advance, told, stop } = await watching(t);
  h.clock.advance(3_600_000);
  await submit(1);
  await h.store.commit({ kind: 'clock_back', byMs: 3_600_000, at: NOON });
  assert.equal((await h.store.read.untoldFailures())?.firstAt, NOON);
  await advance(GATHER_MS);
  assert.equal(told().length, 1);
  await stop();
});
