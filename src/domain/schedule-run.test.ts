import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS, utc } from '../../test/schedules.ts';
import { nextRun, previousRun } from './schedule-run.ts';
import type { Timing } from './schedule-timing.ts';

const DAYS = [0, 1, 2, 3, 4, 5, 6];

function timingOf(expression: string, window: Timing['window'], timezone = 'UTC'): Timing {
  const dst = { gap: 'after', fold: 'first' } as const;
  const rhythm = { kind: 'cron', expression } as const;
  return { instance: 'backup', id: 'default', rhythm, timezone, jitterMs: 0, window, dst };
}

const DAYTIME = { startMs: 6 * HOUR_MS, endMs: 22 * HOUR_MS, days: DAYS };

test('slots of a closed window are one run at its opening, named by the last of them', () => {
  const timing = timingOf('45 */4 * * *', DAYTIME);
  assert.deepEqual(nextRun(timing, utc('2024-01-01T20:45')), {
    firstAt: utc('2024-01-02T00:45'),
    nominalAt: utc('2024-01-02T04:45'),
    count: 2,
    dueAt: utc('2024-01-02T06:00'),
    moved: true,
  });
});

test('a slot exactly at the opening is that run', () => {
  const timing = timingOf('0 */3 * * *', DAYTIME);
  assert.deepEqual(nextRun(timing, utc('2024-01-01T21:00')), {
    firstAt: utc('2024-01-02T00:00'),
    nominalAt: utc('2024-01-02T06:00'),
    count: 3,
    dueAt: utc('2024-01-02T06:00'),
    moved: false,
  });
});

test('slots up to the given instant are not counted in, but the run keeps its name', () => {
  const timing = timingOf('45 */4 * * *', DAYTIME);
  const run = nextRun(timing, utc('2024-01-02T00:45'));
  assert.deepEqual([run?.firstAt, run?.nominalAt, run?.count], [utc('2024-01-02T04:45'), utc('2024-01-02T04:45'), 1]);
});

test('a slot of an open window is its own run', () => {
  const at = utc('2024-01-01T08:45');
  const own = { firstAt: at, nominalAt: at, count: 1, dueAt: at, moved: false };
  assert.deepEqual(nextRun(timingOf('45 */4 * * *', DAYTIME), utc('2024-01-01T08:00')), own);
  assert.deepEqual(nextRun(timingOf('45 */4 * * *', null), utc('2024-01-01T08:00')), own);
  assert.deepEqual(previousRun(timingOf('45 */4 * * *', DAYTIME), { after: 0, before: at + 1 }), own);
  assert.deepEqual(previousRun(timingOf('45 */4 * * *', null), { after: 0, before: at + 1 }), own);
});

test('a run at the end of a gap of the clock counts as moved', () => {
  const run = nextRun(timingOf('30 2 * * *', null, 'America/New_York'), utc('2024-03-10T00:00'));
  assert.deepEqual([run?.dueAt, run?.moved], [utc('2024-03-10T07:00'), true]);
});

test('the previous run is the one that the next run would have found', () => {
  const cases = [
    // Expression, before, last slot of the run found, slots in it.
    ['45 */4 * * *', '2024-01-02T08:45', '2024-01-02T04:45', 2],
    ['45 */4 * * *', '2024-01-02T00:46', '2024-01-02T04:45', 2],
    ['0 */3 * * *', '2024-01-02T06:01', '2024-01-02T06:00', 3],
    ['0 6 * * *', '2024-01-02T06:01', '2024-01-02T06:00', 1],
    ['0 */3 * * *', '2024-01-02T00:00', '2024-01-01T21:00', 1],
  ] as const;
  for (const [expression, before, nominalAt, count] of cases) {
    const run = previousRun(timingOf(expression, DAYTIME), { after: 0, before: utc(before) });
    assert.deepEqual([run?.nominalAt, run?.count], [utc(nominalAt), count], `${expression} before ${before}`);
  }
});

test('the previous run looks no further back than it is told', () => {
  const timing = timingOf('45 */4 * * *', DAYTIME);
  const span = { after: utc('2024-01-02T00:45'), before: utc('2024-01-02T08:45') };
  assert.equal(previousRun(timing, span)?.count, 1);
  assert.equal(previousRun(timing, { after: utc('2024-01-02T04:45'), before: utc('2024-01-02T08:45') }), null);
  assert.equal(previousRun({ ...timing, rhythm: { kind: 'at', at: span.before } }, span), null);
  assert.equal(nextRun({ ...timing, rhythm: { kind: 'at', at: span.after } }, span.after), null);
});
