import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Rhythm } from '../../domain/schedule.ts';
import { rhythmText } from './rhythm.ts';

const RHYTHMS: readonly (readonly [Rhythm, string])[] = [
  [{ kind: 'every', everyMs: 21_600_000 }, 'every 6h'],
  [{ kind: 'calendar', unit: 'daily' }, 'daily'],
  [{ kind: 'cron', expression: '0 7 * * *' }, 'cron 0 7 * * *'],
  [{ kind: 'at', at: 1_795_435_200_000 }, 'at 2026-11-23T12:00:00.000Z'],
];

for (const [rhythm, text] of RHYTHMS) {
  it(`says ${text}`, () => assert.equal(rhythmText(rhythm), text));
}
