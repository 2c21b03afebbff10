import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BETWEEN_MS, type FailureGroup, failureMessage, failureMessageAt, GATHER_MS } from './failure-message.ts';

const NOON = 1_795_435_200_000;

const FAILED: FailureGroup = {
  kind: 'failed',
  instance: 'mail',
  command: 'poll',
  code: 'auth_failed',
  message: 'the token is not accepted',
  count: 3,
};

const ABOUT = { upTo: 9, firstAt: NOON, lastAt: NOON + 5_000, toldAt: null };

describe('failureMessageAt', () => {
  const cases: readonly (readonly [title: string, firstAt: number, toldAt: number | null, due: number])[] = [
    ['is a while after the first failure', NOON, null, NOON + GATHER_MS],
    ['is no sooner than a while after the last message', NOON, NOON - 1_000, NOON - 1_000 + BETWEEN_MS],
    ['does not wait for a message of long ago', NOON, NOON - BETWEEN_MS, NOON + GATHER_MS],
    ['takes a failure of the future for one of now', NOON + 999_999, null, NOON + GATHER_MS],
    ['takes a message of the future for one of now', NOON, NOON + 999_999, NOON + BETWEEN_MS],
  ];
  for (const [title, firstAt, toldAt, due] of cases) {
    it(title, () => assert.equal(failureMessageAt({ firstAt, toldAt }, NOON), due));
  }
});

describe('failureMessage', () => {
  it('says what failed, how often and which jobs', () => {
    const opened: FailureGroup = {
      kind: 'breaker_opened',
      instance: 'mail',
      command: null,
      code: 'breaker_opened',
      message: 'The circuit breaker of mail poll opened.',
      count: 1,
    };
    const message = failureMessage('home', {
      ...ABOUT,
      count: 4,
      groups: [FAILED, opened],
      groupCount: 2,
      jobIds: ['a', 'b', 'c'],
    });
    assert.deepEqual(message, {
      title: 'home: 4 failures',
      text: [
        'home: 4 failures',
        '- 3 × mail poll failed: the token is not accepted (auth_failed)',
        '- 1 × The circuit breaker of mail poll opened.',
      ].join('\n'),
      gateway: 'home',
      count: 4,
      first_at: '2026-11-23T12:00:00.000Z',
      last_at: '2026-11-23T12:00:05.000Z',
      groups: [{ ...FAILED }, { ...opened }],
      groups_left_out: 0,
      job_ids: ['a', 'b', 'c'],
    });
  });

  it('counts what it does not name, and cuts what is long', () => {
    const long = { ...FAILED, code: null, message: 'x'.repeat(1_000), count: 1 };
    const groups = [long, { ...FAILED, message: null }, ...Array.from({ length: 9 }, () => FAILED)];
    const message = failureMessage('home', { ...ABOUT, count: 1, groups, groupCount: 60, jobIds: [] });
    assert.equal(message['title'], 'home: 1 failure');
    const lines = String(message['text']).split('\n');
    assert.equal(lines.length, 12);
    assert.equal(lines[1], `- 1 × mail poll failed: ${'x'.repeat(300)}…`);
    assert.equal(lines[2], '- 3 × mail poll failed: no error was kept (auth_failed)');
    assert.equal(lines.at(-1), 'and 50 more kinds of failure');
    assert.equal(message['groups_left_out'], 49);
    const one = failureMessage('home', { ...ABOUT, count: 1, groups: groups.slice(0, 10), groupCount: 11, jobIds: [] });
    assert.equal(String(one['text']).split('\n').at(-1), 'and 1 more kind of failure');
  });
});
