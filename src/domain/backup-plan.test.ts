import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backupAt, backupName, beyondKept, nextBackupAt } from './backup-plan.ts';
import { parseInstant } from './instant.ts';
import type { Rhythm } from './schedule-timing.ts';

const at = (text: string): number => parseInstant(text) ?? assert.fail(text);
const T = at('2026-11-23T03:15:07Z');

describe('the name of a backup', () => {
  it('tells the gateway and the second, and is read back', () => {
    assert.equal(backupName('home', T), 'home-20261123T031507Z.ductile-backup');
    assert.equal(backupAt('home', backupName('home', T)), T);
  });

  it('holds nothing that a path could be made of', () => {
    assert.equal(backupName('../a b/ü', T), '--a-b--20261123T031507Z.ductile-backup');
    assert.equal(backupAt('../a b/ü', backupName('../a b/ü', T)), T);
  });

  it('is not taken for that of another gateway or for another file', () => {
    for (const name of [
      backupName('home-2', T),
      backupName('hom', T),
      'home-20261123T031507Z.ductile-backup.part',
      'home-20261123.ductile-backup',
      'home-20261340T031507Z.ductile-backup',
      'home.db',
    ]) {
      assert.equal(backupAt('home', name), null, name);
    }
  });
});

describe('what is beyond what is kept', () => {
  const names = [1, 3, 2, 4].map((n) => backupName('home', T + n * 1_000));

  it('is the oldest backups of this gateway, and nothing else', () => {
    const others = [...names, 'notes.txt', backupName('other', T)];
    assert.deepEqual(beyondKept(others, { gateway: 'home', keep: 2 }), [names[0], names[2]]);
  });

  it('is nothing while there are not more', () => {
    assert.deepEqual(beyondKept(names, { gateway: 'home', keep: 4 }), []);
    assert.deepEqual(beyondKept(names, { gateway: 'home', keep: 9 }), []);
  });
});

describe('the next backup', () => {
  const daily: Rhythm = { kind: 'calendar', unit: 'daily' };
  const now = at('2026-11-23T10:00:00Z');
  const next = (lastAt: number | null, rhythm: Rhythm = daily, timezone = 'UTC') =>
    nextBackupAt({ rhythm }, { timezone, lastAt, now });

  it('is due at once when there is none, or a slot has passed since the last', () => {
    assert.equal(next(null), now);
    assert.equal(next(at('2026-11-22T23:59:00Z')), now);
    assert.equal(next(null, { kind: 'every', everyMs: 3_600_000 }), now);
  });

  it('comes with the next slot otherwise, in the zone of the gateway', () => {
    assert.equal(next(at('2026-11-23T00:00:03Z')), at('2026-11-24T00:00:00Z'));
    assert.equal(next(now, { kind: 'cron', expression: '15 3 * * *' }), at('2026-11-24T03:15:00Z'));
    assert.equal(next(now, daily, 'Asia/Tokyo'), at('2026-11-23T15:00:00Z'));
  });

  it('of a slot in the second of the last one is not made twice', () => {
    assert.equal(next(at('2026-11-23T00:00:00Z')), at('2026-11-24T00:00:00Z'));
  });

  it('is never where the rhythm has no more slots', () => {
    assert.equal(next(now, { kind: 'at', at: now - 60_000 }), null);
  });
});
