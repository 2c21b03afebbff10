import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instanceOf, jobOf } from '../../test/values.ts';
import { healthOf } from './instance-health.ts';
import type { Job, JobError, JobStatus } from './job.ts';
import { createRedactor } from './redact.ts';
import { compileRoute } from './route-compile.ts';
import { newRouteMeter } from './route-meter.ts';

function routesOn(...types: readonly string[]) {
  return types.map((type) => {
    const compiled = compileRoute(
      { name: 'tell', event_type: type, to: 'watch' },
      { instances: new Map([['watch', ['handle']]]), webhooks: [] },
    );
    assert.ok(compiled.ok);
    return compiled.route;
  });
}

function health(
  end: { status: JobStatus; error?: JobError },
  { job = {}, initHash = 'hash', on = [] }: { job?: Partial<Job>; initHash?: string | null; on?: string[] } = {},
) {
  let ids = 0;
  const input = {
    job: jobOf({ instance: 'mail', command: 'init', submittedBy: 'core:init', ...job }),
    initHash,
    context: {
      routes: routesOn(...on),
      expected: [],
      instance: (name: string) => instanceOf({ name }),
      redactor: createRedactor({ secrets: [], keys: [], patterns: [] }),
      maxDepth: 16,
      dedupeWindowMs: 1_000,
      configVersion: 'v',
    },
    now: 7,
    newId: () => {
      ids += 1;
      return `new-${ids}`;
    },
  };
  return healthOf(input, { status: end.status, error: end.error ?? null }, newRouteMeter());
}

test('only the end of an init that the core asked for says how its instance is', () => {
  assert.equal(health({ status: 'queued' }), null);
  assert.equal(health({ status: 'succeeded' }, { initHash: null }), null);
  assert.equal(health({ status: 'succeeded' }, { job: { submittedBy: 'cli' } }), null);
});

test('a success makes the instance healthy with what it ran with, and routes may wait for it', () => {
  const said = health({ status: 'succeeded' }, { on: ['ductile.instance.*'] });
  assert.deepEqual([said?.initHash, said?.decision.code], ['hash', 'instance_healthy']);
  assert.equal(said?.routed?.event.type, 'ductile.instance.healthy');
  assert.equal(said?.routed?.drafts[0]?.fromCore, true);
  assert.equal(health({ status: 'succeeded' })?.routed, null);
});

test('an end that is no success leaves it unhealthy, with the error in the event', () => {
  const error = { code: 'auth_failed', message: 'no' };
  const said = health({ status: 'failed', error }, { on: ['ductile.instance.unhealthy'] });
  assert.deepEqual([said?.initHash, said?.decision.code, said?.decision.jobId], [null, 'instance_unhealthy', 'job-1']);
  assert.match(said?.decision.text ?? '', /ended failed \(auth_failed\)/);
  assert.deepEqual(said?.routed?.event.payload, { instance: 'mail', job_id: 'job-1', error });
  assert.match(health({ status: 'cancelled' })?.decision.text ?? '', /ended cancelled/);
});
