import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utc } from '../../test/schedules.ts';
import { formatInstant } from './instant.ts';
import { countNominals, nextNominal, previousNominal, slotsLostInGaps } from './schedule-nominal.ts';
import type { Rhythm, Timing } from './schedule-timing.ts';

function timingOf(rhythm: Rhythm, timezone = 'UTC', gap: 'after' | 'skip' = 'after'): Timing {
  const dst = { gap, fold: 'first' } as const;
  return { instance: 'backup', id: 'default', rhythm, timezone, jitterMs: 0, window: null, dst };
}

function firstSlots(timing: Timing, after: string, count: number): string[] {
  const slots: string[] = [];
  for (let at = utc(after); slots.length < count; ) {
    const next = nextNominal(timing, at);
    assert.ok(next !== null);
    slots.push(formatInstant(next.at).slice(0, 16));
    at = next.at;
  }
  return slots;
}

test('calendar rhythms keep midnight, Monday and the 1st on the clock of their zone', () => {
  const cases = [
    ['daily', 'Europe/Berlin', '2024-03-30T12:00', ['2024-03-30T23:00', '2024-03-31T22:00', '2024-04-01T22:00']],
    ['weekly', 'UTC', '2024-01-01T00:00', ['2024-01-08T00:00', '2024-01-15T00:00']],
    ['weekly', 'Australia/Sydney', '2024-04-01T00:00', ['2024-04-07T14:00', '2024-04-14T14:00']],
    ['monthly', 'UTC', '2024-01-31T00:00', ['2024-02-01T00:00', '2024-03-01T00:00', '2024-04-01T00:00']],
    ['monthly', 'America/New_York', '2024-10-15T00:00', ['2024-11-01T04:00', '2024-12-01T05:00']],
    // Apia had no 30 December 2011: that day and the next begin together.
    ['daily', 'Pacific/Apia', '2011-12-28T12:00', ['2011-12-29T10:00', '2011-12-30T10:00', '2011-12-31T10:00']],
  ] as const;
  for (const [unit, timezone, after, expected] of cases) {
    const timing = timingOf({ kind: 'calendar', unit }, timezone);
    assert.deepEqual(firstSlots(timing, after, expected.length), expected, `${unit} ${timezone}`);
  }
});

test('intervals and cron expressions find their slots', () => {
  const every = timingOf({ kind: 'every', everyMs: 5_400_000 });
  assert.deepEqual(firstSlots(every, '2024-01-01T00:00', 2), ['2024-01-01T01:30', '2024-01-01T03:00']);
  const cron = timingOf({ kind: 'cron', expression: '0 0 29 2 *' });
  assert.deepEqual(firstSlots(cron, '2024-01-01T00:00', 2), ['2024-02-29T00:00', '2028-02-29T00:00']);
});

test('a single instant is a slot once', () => {
  const at = utc('2024-12-24T18:00');
  const timing = timingOf({ kind: 'at', at });
  assert.deepEqual(nextNominal(timing, at - 1), { at, shifted: false });
  assert.equal(nextNominal(timing, at), null);
  assert.deepEqual(previousNominal(timing, at + 1), { at, shifted: false });
  assert.equal(previousNominal(timing, at), null);
  assert.equal(countNominals(timing, at - 1, at), 1);
  assert.equal(countNominals(timing, at, at + 1), 0);
  assert.equal(countNominals(timing, at - 2, at - 1), 0);
});

test('walking forward, walking backward and counting agree for every rhythm', () => {
  const rhythms = fc.constantFrom<Rhythm>(
    { kind: 'every', everyMs: 7_000_000 },
    { kind: 'calendar', unit: 'daily' },
    { kind: 'calendar', unit: 'weekly' },
    { kind: 'cron', expression: '30 1,2,3 * * *' },
    { kind: 'cron', expression: '15 */4 */3 * mon' },
    { kind: 'at', at: utc('2024-03-20T10:00') },
  );
  const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Casablanca');
  const from = fc.integer({ min: utc('2024-01-01T00:00'), max: utc('2024-12-01T00:00') });
  fc.assert(
    fc.property(rhythms, zones, from, fc.integer({ min: 1, max: 40 * 86_400_000 }), (rhythm, timezone, after, span) => {
      const timing = timingOf(rhythm, timezone);
      const forward: number[] = [];
      for (let next = nextNominal(timing, after); next !== null && next.at <= after + span; ) {
        forward.push(next.at);
        next = nextNominal(timing, next.at);
      }
      const backward: number[] = [];
      for (let previous = previousNominal(timing, after + span + 1); previous !== null && previous.at > after; ) {
        backward.unshift(previous.at);
        previous = previousNominal(timing, previous.at);
      }
      assert.deepEqual(backward, forward);
      assert.equal(countNominals(timing, after, after + span), forward.length);
    }),
    { numRuns: 200 },
  );
});

test('only wall-clock slots are lost in gaps, and only when they are skipped', () => {
  const span = { after: utc('2024-03-01T00:00'), upTo: utc('2024-04-01T00:00') };
  const lost = (rhythm: Rhythm, gap: 'after' | 'skip') =>
    slotsLostInGaps(timingOf(rhythm, 'America/New_York', gap), span);
  assert.deepEqual(lost({ kind: 'cron', expression: '30 2 * * *' }, 'skip'), [
    { at: utc('2024-03-10T07:00'), count: 1 },
  ]);
  assert.deepEqual(lost({ kind: 'cron', expression: '30 2 * * *' }, 'after'), []);
  assert.deepEqual(lost({ kind: 'calendar', unit: 'daily' }, 'skip'), []);
  assert.deepEqual(lost({ kind: 'every', everyMs: 1_000 }, 'skip'), []);
  assert.deepEqual(lost({ kind: 'at', at: utc('2024-03-10T07:00') }, 'skip'), []);
});

test('an expression that was never checked is a bug', () => {
  assert.throws(() => nextNominal(timingOf({ kind: 'cron', expression: 'x' }), 0), /5 fields/);
});
