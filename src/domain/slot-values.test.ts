import assert from 'node:assert/strict';
import { it } from 'node:test';
import { breakerValues, overlapValues, pausedValues } from './slot-values.ts';

const NOON = 1_795_435_200_000;
const TEXT = '2026-11-23T12:00:00.000Z';

it('says what a skipped slot saw', () => {
  assert.deepEqual(pausedValues('gateway', NOON), { paused: 'gateway', since: TEXT });
  const open = { state: 'open', failures: 3, openedAt: NOON, probeJobId: null } as const;
  assert.deepEqual(breakerValues(open), { failures: 3, opened_at: TEXT, probe_job_id: null });
  const probing = { ...open, state: 'half_open', openedAt: null, probeJobId: 'j' } as const;
  assert.deepEqual(breakerValues(probing), { failures: 3, opened_at: null, probe_job_id: 'j' });
  assert.deepEqual(overlapValues({ id: 'j', status: 'running', startedAt: NOON }), {
    job_id: 'j',
    status: 'running',
    started_at: TEXT,
  });
  assert.deepEqual(overlapValues({ id: 'j', status: 'queued', startedAt: null }), {
    job_id: 'j',
    status: 'queued',
    started_at: null,
  });
});
