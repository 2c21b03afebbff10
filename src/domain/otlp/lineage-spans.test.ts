import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { eventOf, jobOf } from '../../../test/values.ts';
import { type EndedAttempt, isSampled, lineageSpans, traceIdOf } from './lineage-spans.ts';

const ROOT = '01980000-0000-7abc-8def-0123456789ab';
const CHILD = '01980000-0001-7abc-8def-0123456789ab';
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const context = { digest, mask: (text: string) => text.replaceAll('hunter22', '***') };

function endedOf(change: Partial<EndedAttempt> = {}): EndedAttempt {
  return {
    job: jobOf({ id: ROOT, createdAt: 100, submittedBy: 'scheduler:p/nightly' }),
    event: null,
    outcome: 'succeeded',
    status: 'succeeded',
    error: null,
    startedAt: 250,
    endedAt: 900,
    ...change,
  };
}

test('the first attempt of a lineage brings its trigger, which began when the job was made', () => {
  const [trigger, attempt, ...others] = lineageSpans(endedOf(), context);
  assert.deepEqual(others, []);
  const traceId = ROOT.replaceAll('-', '');
  assert.deepEqual([trigger?.traceId, attempt?.traceId], [traceId, traceId]);
  assert.deepEqual([trigger?.parentSpanId, attempt?.parentSpanId], [null, trigger?.spanId]);
  assert.deepEqual([trigger?.name, attempt?.name], ['schedule p/nightly', 'p handle']);
  assert.deepEqual([trigger?.startedAt, trigger?.endedAt], [100, 250]);
  assert.deepEqual([attempt?.startedAt, attempt?.endedAt, attempt?.error], [250, 900, null]);
  for (const span of [trigger, attempt]) assert.match(span?.spanId ?? '', /^[0-9a-f]{16}$/);
});

test('later attempts hang on the same trigger and have spans of their own', () => {
  const [, first] = lineageSpans(endedOf(), context);
  const again = lineageSpans(endedOf({ job: jobOf({ id: ROOT, attempt: 2 }) }), context);
  assert.equal(again.length, 1);
  assert.equal(again[0]?.parentSpanId, first?.parentSpanId);
  assert.notEqual(again[0]?.spanId, first?.spanId);
});

test('a job that a route made hangs on the attempt that emitted the event', () => {
  const job = jobOf({ id: CHILD, rootJobId: ROOT, parentJobId: ROOT, submittedBy: 'route:r' });
  const event = eventOf({ jobId: ROOT, attempt: 2 });
  const [span, ...others] = lineageSpans(endedOf({ job, event }), context);
  const [emitter] = lineageSpans(endedOf({ job: jobOf({ id: ROOT, attempt: 2 }) }), context);
  assert.deepEqual(others, []);
  assert.equal(span?.parentSpanId, emitter?.spanId);
  assert.equal(span?.traceId, emitter?.traceId);
  assert.equal(span?.attributes['ductile.event_type'], 'health.weight');
});

test('a job whose emitter is not known hangs on the trigger', () => {
  const job = jobOf({ id: CHILD, rootJobId: ROOT });
  const [trigger] = lineageSpans(endedOf(), context);
  for (const event of [null, eventOf(), eventOf({ jobId: ROOT })]) {
    assert.equal(lineageSpans(endedOf({ job, event }), context)[0]?.parentSpanId, trigger?.spanId);
  }
});

test('triggers are named after what began the lineage', () => {
  const names = ['webhook:github', 'api:laptop', 'cli', 'core:init'].map(
    (submittedBy) => lineageSpans(endedOf({ job: jobOf({ id: ROOT, submittedBy }) }), context)[0]?.name,
  );
  assert.deepEqual(names, ['webhook github', 'api laptop', 'cli', 'core init']);
  const event = eventOf({ type: 'photo.taken', source: 'cli' });
  const job = jobOf({ id: ROOT, submittedBy: 'route:r' });
  assert.equal(lineageSpans(endedOf({ job, event }), context)[0]?.name, 'event photo.taken');
});

test('a failure has its code and its message, secrets masked', () => {
  const error = { code: 'auth_failed', message: 'the password hunter22 is wrong' };
  const [, span] = lineageSpans(endedOf({ outcome: 'failed', status: 'failed', error }), context);
  assert.equal(span?.error, 'the password *** is wrong');
  assert.equal(span?.attributes['error.type'], 'auth_failed');
  assert.equal(span?.attributes['ductile.outcome'], 'failed');
});

test('an id that is no UUID gives a trace, too', () => {
  assert.match(traceIdOf('job-1', digest), /^[0-9a-f]{32}$/);
});

test('a share of the traces is sampled, always the same ones', () => {
  const ids = Array.from({ length: 2_000 }, (_, n) => digest(String(n)).slice(0, 32));
  const taken = ids.filter((id) => isSampled(id, 0.25));
  assert.ok(taken.length > 400 && taken.length < 600, String(taken.length));
  assert.deepEqual(
    taken,
    ids.filter((id) => isSampled(id, 0.25)),
  );
  assert.ok(taken.every((id) => isSampled(id, 0.5)));
  assert.ok(ids.every((id) => isSampled(id, 1)));
  assert.ok(!ids.some((id) => isSampled(id, 0)));
});
