import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS, SECOND_MS, scheduleOf, slotsIn, utc } from '../../test/schedules.ts';
import { type CompiledSchedule, compileSchedule, nextSlot, type ScheduleInput } from './schedule.ts';

test('a schedule is filled up with its defaults', () => {
  const { hash, ...schedule } = scheduleOf({ every: '15m' });
  assert.deepEqual(schedule, {
    instance: 'backup',
    id: 'default',
    rhythm: { kind: 'every', everyMs: 900_000 },
    timezone: 'UTC',
    jitterMs: 0,
    window: null,
    dst: { gap: 'after', fold: 'first' },
    catchUp: 'latest',
    overlap: 'skip',
    runOnStart: false,
    command: 'poll',
    payload: {},
    priority: 0,
    maxAttempts: null,
    timeoutMs: null,
  });
  assert.notEqual(hash, '');
});

test('what is written stands', () => {
  const { hash: _, ...schedule } = scheduleOf({
    id: 'morning',
    cron: '0 7 * * mon-fri',
    run_on_start: true,
    jitter: '30m',
    window: { start: '06:00', end: '22:00', days: ['mon'] },
    timezone: 'australia/sydney',
    dst: { gap: 'skip', fold: 'both' },
    catch_up: 'all',
    overlap: 'queue',
    command: 'handle',
    payload: [1],
    priority: -5,
    max_attempts: 2,
    timeout: 60_000,
  });
  assert.deepEqual(schedule, {
    instance: 'backup',
    id: 'morning',
    rhythm: { kind: 'cron', expression: '0 7 * * mon-fri' },
    timezone: 'Australia/Sydney',
    jitterMs: 1_800_000,
    window: { startMs: 6 * HOUR_MS, endMs: 22 * HOUR_MS, days: [1] },
    dst: { gap: 'skip', fold: 'both' },
    catchUp: 'all',
    overlap: 'queue',
    runOnStart: true,
    command: 'handle',
    payload: [1],
    priority: -5,
    maxAttempts: 2,
    timeoutMs: 60_000,
  });
});

test('everything that is wrong is told at once, each at its key', () => {
  const input = { every: '1x', jitter: 'x', window: { start: '1', end: '2' }, timezone: 'Mars/Base', timeout: '0ms' };
  const result = compileSchedule(input, { instance: 'backup', defaultTimezone: 'UTC' });
  assert.ok(!result.ok);
  assert.deepEqual(result.problems.map(({ key, code }) => `${key} ${code}`).sort(), [
    'every invalid_schedule',
    'jitter invalid_duration',
    'timeout invalid_duration',
    'timezone unknown_timezone',
    'window.end invalid_schedule',
    'window.start invalid_schedule',
  ]);
});

test('each single problem is enough to refuse a schedule', () => {
  const wrong: readonly ScheduleInput[] = [
    {},
    { every: '1h', jitter: -1 },
    { every: '1h', timeout: 'x' },
    { every: '1h', timezone: 'x' },
    { every: '1h', window: { days: [] } },
  ];
  for (const input of wrong) {
    const result = compileSchedule(input, { instance: 'backup', defaultTimezone: 'UTC' });
    assert.ok(!result.ok && result.problems.length === 1, JSON.stringify(input));
  }
});

test('the hash changes with what moves slots and with nothing else', () => {
  const base: ScheduleInput = { cron: '0 7 * * *', timezone: 'Europe/Berlin' };
  const same: readonly ScheduleInput[] = [
    { catch_up: 'all' },
    { overlap: 'queue' },
    { command: 'x' },
    { payload: 1 },
    { priority: 1 },
    { run_on_start: true },
    { cron: ' 0  7 * * * ' },
    { timezone: 'europe/berlin' },
    { jitter: '0s' },
    { window: { start: '00:00', end: '24:00' } },
    { dst: { gap: 'after' } },
  ];
  const other: readonly ScheduleInput[] = [
    { cron: '1 7 * * *' },
    { timezone: 'Europe/Paris' },
    { jitter: '1s' },
    { window: { start: '00:00', end: '23:00' } },
    { dst: { gap: 'skip' } },
    { dst: { fold: 'both' } },
    { cron: undefined, every: '1h' },
  ];
  for (const change of same)
    assert.equal(scheduleOf({ ...base, ...change }).hash, scheduleOf(base).hash, JSON.stringify(change));
  const hashes = new Set(
    [base, ...other.map((change) => ({ ...base, ...change }))].map((input) => scheduleOf(input).hash),
  );
  assert.equal(hashes.size, other.length + 1);
});

test('slots outside the window are folded into one run at its opening, and told', () => {
  const schedule = scheduleOf({ every: '4h', window: { start: '09:00', end: '17:00' } });
  const slots = slotsIn(schedule, utc('2024-01-01T12:00'), utc('2024-01-03T00:00'));
  assert.deepEqual(slots, [
    { nominalAt: utc('2024-01-01T16:00'), at: utc('2024-01-01T16:00'), moved: false, collapsed: null },
    {
      nominalAt: utc('2024-01-02T08:00'),
      at: utc('2024-01-02T09:00'),
      moved: true,
      collapsed: { count: 3, from: utc('2024-01-01T20:00'), to: utc('2024-01-02T04:00') },
    },
    { nominalAt: utc('2024-01-02T12:00'), at: utc('2024-01-02T12:00'), moved: false, collapsed: null },
    { nominalAt: utc('2024-01-02T16:00'), at: utc('2024-01-02T16:00'), moved: false, collapsed: null },
  ]);
});

test('a slot exactly at the opening takes the closed ones in', () => {
  const schedule = scheduleOf({ every: '1s', window: { start: '06:00', end: '22:00' } });
  const slot = nextSlot(schedule, utc('2024-01-01T21:59:59'));
  const opening = utc('2024-01-02T06:00');
  const collapsed = { count: 8 * 3_600, from: utc('2024-01-01T22:00'), to: opening - SECOND_MS };
  assert.deepEqual(slot, { nominalAt: opening, at: opening, moved: false, collapsed });
});

test('a lone slot outside the window is moved, nothing is folded', () => {
  const schedule = scheduleOf({ at: '2024-01-06T03:00Z', window: { start: '06:00', end: '22:00', days: ['mon'] } });
  const slot = { nominalAt: utc('2024-01-06T03:00'), at: utc('2024-01-08T06:00'), moved: true, collapsed: null };
  assert.deepEqual(nextSlot(schedule, 0), slot);
  assert.equal(nextSlot(schedule, slot.nominalAt), null);
});

test('jitter is left out of the identity and stays before the next slot and the end of the window', () => {
  const late = (schedule: CompiledSchedule) =>
    slotsIn(schedule, utc('2024-01-01T00:00'), utc('2024-03-01T00:00')).map(({ at, nominalAt }) => at - nominalAt);
  const longest = (input: ScheduleInput) => Math.max(...late(scheduleOf(input)));
  const plain = longest({ every: '1h', jitter: '30m' });
  assert.ok(plain > 29 * 60_000 && plain < 30 * 60_000);
  const short = longest({ every: '1h', jitter: '5h' });
  assert.ok(short > 59 * 60_000 && short < 60 * 60_000);
  const clipped = longest({ cron: '50 7 * * *', jitter: '5h', window: { start: '07:00', end: '08:00' } });
  assert.ok(clipped > 8 * 60_000 && clipped < 10 * 60_000);
  assert.ok(longest({ at: '2024-02-01T00:00Z', jitter: '5h' }) > 0);
});

test('jitter differs between schedules of the same slots', () => {
  const draws = ['a', 'b', 'c'].map((id) => nextSlot(scheduleOf({ id, every: '1h', jitter: '30m' }), 0)?.at);
  assert.equal(new Set(draws).size, 3);
});
