import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { durationOf, wholeNumberOf } from './command.ts';
import { queryOf } from './query.ts';

describe('durationOf', () => {
  it('reads durations', () => {
    assert.deepEqual(
      ['250ms', '30s', '7d'].map((text) => durationOf('--timeout', text)),
      [250, 30_000, 604_800_000],
    );
  });

  for (const text of ['', '30', 'soon', '-1s']) {
    it(`refuses "${text}" by the name of the option`, () => {
      assert.throws(() => durationOf('--timeout', text), {
        code: 'usage',
        message: `--timeout "${text}" is not a duration`,
      });
    });
  }
});

describe('wholeNumberOf', () => {
  it('reads whole numbers', () => {
    assert.deepEqual(
      ['0', '-100', '007'].map((text) => wholeNumberOf('--priority', text)),
      [0, -100, 7],
    );
  });

  for (const text of ['', '1.5', '1e3', 'ten', '9999999999']) {
    it(`refuses "${text}" by the name of the option`, () => {
      assert.throws(() => wholeNumberOf('--priority', text), {
        code: 'usage',
        message: `--priority "${text}" is not a whole number`,
      });
    });
  }
});

describe('queryOf', () => {
  for (const [fields, query] of [
    [{}, ''],
    [{ a: undefined }, ''],
    [{ a: '1', b: undefined, c: 'x y&z' }, '?a=1&c=x+y%26z'],
  ] as const) {
    it(`makes "${query}"`, () => assert.equal(queryOf(fields), query));
  }
});
