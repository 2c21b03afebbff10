import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { formatInstant } from '../../src/domain/instant.ts';
import { type CompiledSchedule, missedSlots } from '../../src/domain/schedule.ts';
import { DAY_MS, scheduleOf, slotsIn, utc } from '../schedules.ts';
import { codesIn, rowsOf, sectionOf, textOf } from './pages.ts';

const page = textOf('docs/semantics.md');

/** The schedule of a row: a zone and a flow mapping, each between backticks. */
function scheduleIn([zone = '', text = '']: readonly string[]): CompiledSchedule {
  const [timezone = ''] = codesIn(zone);
  return scheduleOf({ ...parse(codesIn(text)[0] ?? ''), timezone });
}

describe('schedules in docs/semantics.md', () => {
  const changes = rowsOf(sectionOf(page, 'Clock changes by example'));
  const downtimes = rowsOf(sectionOf(page, 'Catch-up by example'));

  it('has examples', () => {
    assert.ok(changes.length > 10 && downtimes.length > 5);
  });

  for (const row of changes) {
    it(`is right about the runs of ${row[1]} in ${row[0]}`, () => {
      const expected = codesIn(row[2] ?? '').filter((code) => /^\d{4}-/.test(code));
      const from = utc(`${expected[0]?.slice(0, 10)}T00:00`);
      const to = utc(`${expected.at(-1)?.slice(0, 10)}T00:00`) + DAY_MS;
      const runs = slotsIn(scheduleIn(row), from - 1, to).map(({ at }) => formatInstant(at).slice(0, 16));
      assert.deepEqual(runs, expected);
    });
  }

  for (const row of downtimes) {
    it(`is right about what ${row[1]} in ${row[0]} makes up for`, () => {
      const [from = '', to = ''] = codesIn(row[2] ?? '');
      const { run, missed } = missedSlots(scheduleIn(row), { highWaterAt: utc(from), now: utc(to) });
      assert.deepEqual([run.length, missed?.count ?? 0], [Number(row[3]), Number(row[4])]);
    });
  }
});
