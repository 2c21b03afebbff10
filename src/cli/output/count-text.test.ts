import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countText } from './count-text.ts';

const COUNTS = { queued: 100_000, running: 2, succeeded: 7, failed: 3, dead: 4, cancelled: 0 };

test('a number is written as it is, and a plus after it says that there may be more', () => {
  assert.equal(countText(COUNTS, 'queued'), '100000');
  assert.equal(countText({ ...COUNTS, capped: ['queued'] }, 'queued'), '100000+');
  assert.equal(countText({ ...COUNTS, capped: ['queued'] }, 'running'), '2');
});

test('a sum is a lower bound when one of its numbers is', () => {
  assert.equal(countText(COUNTS, 'failed', 'dead'), '7');
  assert.equal(countText({ ...COUNTS, capped: ['dead'] }, 'failed', 'dead'), '7+');
  assert.equal(countText({ ...COUNTS, capped: ['queued'] }, 'failed', 'dead'), '7');
});
