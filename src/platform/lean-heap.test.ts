import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHeapCare } from './lean-heap.ts';

/** A care that writes down which flags it sets; `pass` lets the time pass for which it waits. */
function careful() {
  const flags: string[] = [];
  const waiting: (() => void)[] = [];
  const care = createHeapCare(
    (set) => flags.push(set),
    (_ms, callback) => waiting.push(callback),
  );
  return { care, flags, waiting, pass: () => waiting.shift()?.() };
}

function work({ care }: ReturnType<typeof careful>, pieces: number): void {
  for (let piece = 0; piece < pieces; piece++) care.worked();
}

const LEAN = '--optimize-for-size';
const ROOMY = '--no-optimize-for-size';

test('the heap may grow while much is done, and is lean again afterwards', () => {
  const site = careful();
  site.care.keepLean();
  work(site, 199);
  assert.deepEqual(site.flags, [LEAN]);
  work(site, 1);
  assert.deepEqual(site.flags, [LEAN, ROOMY]);
  site.pass();
  work(site, 500);
  site.pass();
  site.pass();
  assert.deepEqual(site.flags, [LEAN, ROOMY, ROOMY, LEAN]);
  assert.equal(site.waiting.length, 0, 'an idle process is not woken up');
});

test('a little work leaves the heap lean', () => {
  const site = careful();
  site.care.keepLean();
  work(site, 199);
  site.pass();
  assert.deepEqual(site.flags, [LEAN, LEAN]);
});

test('a process that did not ask for a lean heap is left alone', () => {
  const site = careful();
  work(site, 1_000);
  assert.deepEqual([site.flags, site.waiting.length], [[], 0]);
});
