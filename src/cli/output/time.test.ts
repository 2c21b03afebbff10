import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatInstant } from '../../domain/instant.ts';
import { span } from '../../domain/span.ts';
import { nextText, relative } from './time.ts';

const NOW = 1_795_435_200_000;

describe('span', () => {
  for (const [ms, text] of [
    [0, '0 ms'],
    [380.4, '380 ms'],
    [1_000, '1.0 s'],
    [4_240, '4.2 s'],
    [59_999, '59 s'],
    [60_000, '1 m'],
    [200_000, '3 m 20 s'],
    [3_600_000, '1 h'],
    [187_200_000, '2 d 4 h'],
  ] as const) {
    it(`says ${ms} ms as ${text}`, () => assert.equal(span(ms), text));
  }
});

describe('relative', () => {
  for (const [away, text] of [
    [0, 'now'],
    [-999, 'now'],
    [-1_500, '1 s ago'],
    [-12_000, '12 s ago'],
    [250_000, 'in 4 m'],
    [-187_200_000, '2 d ago'],
  ] as const) {
    it(`says ${away} ms away as ${text}`, () => assert.equal(relative(formatInstant(NOW + away), NOW), text));
  }

  it('says nothing of no instant', () => assert.equal(relative(null, NOW), '–'));
});

describe('nextText', () => {
  for (const [pausedAt, nextAt, text] of [
    [null, NOW + 250_000, 'in 4 m'],
    [null, NOW - 250_000, 'now'],
    [null, null, '–'],
    [NOW, NOW + 250_000, 'paused'],
  ] as const) {
    it(`says ${text}`, () => {
      const instant = (at: number | null) => (at === null ? null : formatInstant(at));
      assert.equal(nextText({ paused_at: instant(pausedAt), next_at: instant(nextAt) }, NOW), text);
    });
  }
});
