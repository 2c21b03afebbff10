import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobOf } from '../../test/values.ts';
import type { Held } from '../store/port/claims.ts';
import type { Standing } from '../store/port/instances.ts';
import { heldForLong, heldJob } from './held-job.ts';

const by = (reason: Held['reason']): Held => ({ instance: 'p', reason, until: null });

test('a due job is told what holds it: a limit, a suspect that runs, or that it is a suspect itself', () => {
  const queued = jobOf({ status: 'queued', runAt: 5 });
  const suspect = jobOf({ status: 'queued', runAt: 5, suspect: true, uncleanEnds: 2 });
  const reasonOf = (job: typeof queued, held: readonly Held[]) => heldJob(job, { held, now: 5 })?.reason ?? null;
  const other: Held = { instance: 'other', reason: 'cap', until: null };
  assert.equal(reasonOf(queued, [other]), null);
  assert.equal(reasonOf(queued, [by('cap')]), 'cap');
  assert.equal(reasonOf(queued, [by('suspect_runs')]), 'suspect_runs');
  assert.equal(reasonOf(queued, [by('suspect_waits')]), null);
  assert.equal(reasonOf(suspect, [other]), 'suspect_waits');
  assert.equal(reasonOf(suspect, [by('suspect_runs')]), 'suspect_waits');
  assert.equal(reasonOf(suspect, [by('rate')]), 'rate');
  assert.equal(heldJob(queued, { held: [by('cap')], now: 4 }), null);
  assert.equal(heldJob({ ...suspect, status: 'running' }, { held: [], now: 5 }), null);
});

test('a pause and an init that has not succeeded hold due jobs, the init itself only by a pause', () => {
  const queued = jobOf({ status: 'queued', runAt: 5 });
  const init = jobOf({ id: 'init', status: 'queued', runAt: 5, submittedBy: 'core:init' });
  const standing: Standing = { instance: 'p', pausedAt: null, unhealthyAt: null, initJobId: 'init', initTried: 'x' };
  const reasonOf = (job: typeof queued, change: Partial<Standing>, pausedAt: number | null = null) => {
    const standings = { pausedAt, instances: [{ ...standing, ...change }] };
    return heldForLong(job, { standings, now: 5 })?.reason ?? null;
  };
  assert.equal(reasonOf(queued, {}), null);
  assert.equal(reasonOf(queued, { unhealthyAt: 1 }), 'unhealthy');
  assert.equal(reasonOf(init, { unhealthyAt: 1 }), null);
  assert.equal(reasonOf(init, { unhealthyAt: 1, pausedAt: 1 }), 'paused');
  assert.equal(reasonOf(queued, {}, 1), 'paused');
  assert.equal(reasonOf(queued, { instance: 'other', pausedAt: 1 }), null);
  assert.equal(reasonOf({ ...queued, runAt: 6 }, { pausedAt: 1 }), null);
  assert.equal(reasonOf({ ...queued, status: 'running' }, { pausedAt: 1 }), null);
});
