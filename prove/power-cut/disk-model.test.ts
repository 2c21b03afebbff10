import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../random.ts';
import { DiskModel } from './disk-model.ts';
import type { Step } from './recording.ts';
import type { CutStyle } from './unsynced-file.ts';

const NOTHING = { sectorBytes: 512, newest: 0, torn: 0, garbage: false, names: 0 } as const;
const ANYTHING = { ...NOTHING, newest: 0.5, names: 0.5 } as const;
const made: Step = { kind: 'opened', name: 'db', emptied: false };
const synced: Step = { kind: 'synced', name: 'db' };
const directorySynced: Step = { kind: 'synced', name: '' };

test('what was synced is on the disk after every cut, and so is a name whose directory was', () => {
  const disk = diskAfter([made, written(0, 'a', 1_024), synced, directorySynced]);
  for (const seed of seeds()) assert.deepEqual(cut(disk, ANYTHING, seed), { db: 'a'.repeat(1_024) });
});

test('a file whose directory was not synced may be gone, synced or not', () => {
  const disk = diskAfter([made, written(0, 'a', 512), synced]);
  assert.deepEqual(outcomes(disk, ANYTHING), new Set(['{}', JSON.stringify({ db: 'a'.repeat(512) })]));
});

test('sectors written since the last sync are kept or dropped apart from each other, in any order', () => {
  const disk = diskAfter([
    made,
    written(0, 'a', 1_024),
    synced,
    directorySynced,
    written(0, 'b', 512),
    written(512, 'c', 512),
  ]);
  const halves = [...outcomes(disk, ANYTHING)].map((found) => found.replaceAll(/(.)\1{511}/g, '$1'));
  assert.deepEqual(halves.sort(), ['{"db":"aa"}', '{"db":"ac"}', '{"db":"ba"}', '{"db":"bc"}']);
});

test('of several writes to one sector any may be the last that reached the disk, and never a later without an earlier', () => {
  const disk = diskAfter([made, directorySynced, written(0, 'a', 4), synced, written(0, 'b', 2), written(1, 'c', 2)]);
  assert.deepEqual(outcomes(disk, ANYTHING), new Set(['{"db":"aaaa"}', '{"db":"bbaa"}', '{"db":"bcca"}']));
});

test('a torn sector holds the beginning of its next version and nothing beside what was written', () => {
  const disk = diskAfter([made, directorySynced, written(0, 'a', 8), synced, written(2, 'b', 4)]);
  const torn = outcomes(disk, { ...NOTHING, sectorBytes: 8, torn: 1 });
  const expected = ['aaaaaaaa', 'aabaaaaa', 'aabbaaaa', 'aabbbaaa', 'aabbbbaa'];
  assert.deepEqual([...torn].sort(), expected.map((db) => JSON.stringify({ db })).sort());
});

test('a file that grew may have its new size without its new content', () => {
  const disk = diskAfter([made, directorySynced, written(0, 'a', 2), synced, written(2, 'b', 2)]);
  assert.deepEqual(
    outcomes(disk, { ...ANYTHING, sectorBytes: 2 }),
    new Set(['{"db":"aa"}', '{"db":"aabb"}', '{"db":"aa\\u0000\\u0000"}']),
  );
});

test('a file that was cut off may still be whole, and one that was removed may still be there', () => {
  const cutOff = diskAfter([
    made,
    directorySynced,
    written(0, 'a', 4),
    synced,
    { kind: 'resized', name: 'db', size: 0 },
  ]);
  assert.deepEqual(cut(cutOff, { ...NOTHING, names: 1 }, 1), { db: 'aaaa' });
  assert.ok(outcomes(cutOff, ANYTHING).has('{"db":""}'));
  const removed = diskAfter([made, directorySynced, written(0, 'a', 4), synced, { kind: 'removed', name: 'db' }]);
  assert.deepEqual(outcomes(removed, ANYTHING), new Set(['{}', '{"db":"aaaa"}']));
});

test('while the power is on every write is seen, and a step that cannot follow is refused', () => {
  const disk = diskAfter([made, written(2, 'a', 2), { kind: 'renamed', name: 'db', to: 'other' }]);
  assert.deepEqual(shown(disk.files()), { other: '\u0000\u0000aa' });
  assert.throws(() => disk.take(synced), /db, which is not there/);
});

function written(offset: number, letter: string, bytes: number): Step {
  return { kind: 'written', name: 'db', offset, data: Buffer.alloc(bytes, letter) };
}

function diskAfter(steps: readonly Step[]): DiskModel {
  const disk = new DiskModel();
  for (const step of steps) disk.take(step);
  return disk;
}

function seeds(): readonly number[] {
  return Array.from({ length: 200 }, (_, seed) => seed);
}

function cut(disk: DiskModel, style: CutStyle, seed: number): Readonly<Record<string, string>> {
  return shown(disk.cut(style, seededRandom(seed)).files);
}

function outcomes(disk: DiskModel, style: CutStyle): ReadonlySet<string> {
  return new Set(seeds().map((seed) => JSON.stringify(cut(disk, style, seed))));
}

function shown(files: ReadonlyMap<string, Buffer>): Readonly<Record<string, string>> {
  return Object.fromEntries([...files].map(([name, content]) => [name, content.toString('latin1')]));
}
