import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOCK_CHANGES, type ClockChange } from '../../test/clock-changes.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, scheduleOf, slotsIn, utc } from '../../test/schedules.ts';
import { formatInstant } from './instant.ts';
import type { ScheduleInput } from './schedule.ts';

/** Instants of runs as in the table, for whole days from the first to the last of them. */
function assertRuns(rule: ScheduleInput, { zone, year }: Omit<ClockChange, 'rows'>, runs: string): void {
  const expected = runs.split(' ').map((text) => `${year}-${text}`);
  const from = utc(`${expected[0]?.slice(0, 10)}T00:00`);
  const to = utc(`${expected.at(-1)?.slice(0, 10)}T00:00`) + DAY_MS;
  const slots = slotsIn(scheduleOf({ ...rule, timezone: zone }), from - DAY_MS, to);
  const found = slots.map(({ at }) => at).filter((at) => at >= from && at < to);
  const texts = found.map((at) => formatInstant(at).replace(/:00\.000Z$/, ''));
  assert.deepEqual(texts, expected, `${zone} ${JSON.stringify(rule)}`);
}

for (const { zone, year, rows } of CLOCK_CHANGES) {
  const [, first = ''] = rows[0] ?? [];
  test(`around ${year}-${first.slice(0, 5)} in ${zone} every rule runs at the instants that are promised`, () => {
    for (const [rule, runs] of rows) assertRuns(rule, { zone, year }, runs);
  });
}

test('leap days are days: whatever names one waits for it, and nothing else notices', () => {
  const rows: readonly (readonly [year: number, rule: ScheduleInput, runs: string])[] = [
    [2024, { every: 'daily' }, '02-28T00:00 02-29T00:00 03-01T00:00'],
    [2023, { every: 'daily' }, '02-27T00:00 02-28T00:00 03-01T00:00'],
    [1900, { every: 'daily' }, '02-28T00:00 03-01T00:00'],
    [2000, { every: 'daily' }, '02-28T00:00 02-29T00:00 03-01T00:00'],
    [2024, { every: 'monthly' }, '02-01T00:00 03-01T00:00'],
    [2024, { every: 'weekly' }, '02-26T00:00 03-04T00:00'],
    [2024, { cron: '0 12 29 * *' }, '01-29T12:00 02-29T12:00 03-29T12:00'],
    [2023, { cron: '0 12 29 * *' }, '01-29T12:00 03-29T12:00'],
    [2024, { cron: '0 12 30,31 * *' }, '01-30T12:00 01-31T12:00 03-30T12:00'],
    [2024, { cron: '0 */12 29 2 *' }, '02-29T00:00 02-29T12:00'],
    [2024, { every: '18h' }, '02-28T06:00 02-29T00:00 02-29T18:00 03-01T12:00'],
    [
      2024,
      { every: '12h', window: { start: '11:00', end: '13:00', days: ['thu'] } },
      '02-22T11:00 02-22T12:00 02-29T11:00 02-29T12:00',
    ],
  ];
  for (const [year, rule, runs] of rows) assertRuns(rule, { zone: 'UTC', year }, runs);
  const leap = scheduleOf({ cron: '0 9 29 2 *', timezone: 'Australia/Sydney' });
  const years = slotsIn(leap, utc('1890-01-01T00:00'), utc('2024-12-31T00:00')).map(({ at }) =>
    formatInstant(at).slice(0, 10),
  );
  assert.equal(years.length, 33);
  // 1900 was no leap year, 2000 was; the 29th begins on the 28th in UTC.
  assert.deepEqual(years.slice(0, 3), ['1892-02-28', '1896-02-28', '1904-02-28']);
  assert.ok(years.includes('2000-02-28'));
});

test('a change of half an hour leaves out, or repeats, an hourly reading that falls into it', () => {
  const runs = (minute: number, from: string): string[] => {
    const schedule = scheduleOf({ cron: `${minute} * * * *`, timezone: 'Australia/Lord_Howe' });
    return slotsIn(schedule, utc(from), utc(from) + 3 * HOUR_MS + MINUTE_MS).map(({ at }) =>
      formatInstant(at).slice(8, 16),
    );
  };
  assert.deepEqual(runs(15, '2024-10-05T13:45'), ['05T14:45', '05T16:15']);
  assert.deepEqual(runs(45, '2024-10-05T13:45'), ['05T14:15', '05T15:15', '05T15:45', '05T16:45']);
  assert.deepEqual(runs(15, '2024-04-06T13:15'), ['06T14:15', '06T15:45']);
  assert.deepEqual(runs(45, '2024-04-06T13:15'), ['06T13:45', '06T14:45', '06T15:15', '06T16:15']);
});
