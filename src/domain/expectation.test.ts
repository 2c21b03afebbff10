import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Expectation,
  type ExpectationState,
  expectationDecision,
  expectationNews,
  overdueAt,
  type Sought,
  soughtText,
} from './expectation.ts';

const backup: Expectation = { name: 'backup', seen: { kind: 'event', eventType: 'backup.done' }, withinMs: 100 };

function stateOf(change: Partial<ExpectationState> = {}): ExpectationState {
  return { name: 'backup', sinceAt: 1_000, seenAt: null, missedAt: null, ...change };
}

describe('expectationNews', () => {
  const cases: readonly (readonly [string, Partial<ExpectationState>, number, 'missed' | 'recovered' | null])[] = [
    ['nothing before the span has passed', {}, 1_099, null],
    ['missed when the span has passed since it was first expected', {}, 1_100, 'missed'],
    ['counts from the last sight', { seenAt: 1_050 }, 1_149, null],
    ['missed when the span has passed since the last sight', { seenAt: 1_050 }, 1_150, 'missed'],
    ['tells once', { missedAt: 1_100 }, 9_000, null],
    ['recovered once it was seen', { missedAt: 1_100, seenAt: 1_200 }, 1_250, 'recovered'],
    ['stays missed when the sight is too old again', { missedAt: 1_100, seenAt: 1_200 }, 1_300, null],
    ['a sight in the future is one of now', { seenAt: 9_000 }, 2_000, null],
  ];
  for (const [title, state, now, news] of cases) {
    it(title, () => assert.equal(expectationNews(backup, stateOf(state), now), news));
  }
});

describe('overdueAt', () => {
  it('of a sight in the future is a span from now', () => {
    assert.equal(overdueAt(backup, stateOf({ seenAt: 9_000 }), 2_000), 2_100);
  });
});

describe('soughtText', () => {
  const cases: readonly (readonly [Sought, string])[] = [
    [{ kind: 'event', eventType: 'a.*' }, 'an event a.*'],
    [{ kind: 'schedule', instance: 'p', id: 'nightly' }, 'a success of the schedule p/nightly'],
    [{ kind: 'job', instance: 'p', command: null }, 'a success of p'],
    [{ kind: 'job', instance: 'p', command: 'poll' }, 'a success of p poll'],
  ];
  for (const [seen, text] of cases) it(`says ${text}`, () => assert.equal(soughtText(seen), text));
});

describe('expectationDecision', () => {
  it('says what was expected, within what, and when it was seen last', () => {
    const decision = expectationDecision({ expectation: backup, state: stateOf(), news: 'missed' }, 1_100);
    assert.equal(decision.code, 'expectation_missed');
    assert.equal(
      decision.text,
      'backup: an event backup.done was expected within 0.1 s and has not been seen (never since 1970-01-01T00:00:01.000Z)',
    );
    assert.deepEqual(decision.values, {
      name: 'backup',
      expected: 'an event backup.done',
      within_ms: 100,
      last_seen_at: null,
      expected_since: '1970-01-01T00:00:01.000Z',
      missed_since: null,
    });
  });

  it('names the schedule whose success came back', () => {
    const seen = { kind: 'schedule', instance: 'p', id: 'nightly' } as const;
    const state = stateOf({ seenAt: 2_000, missedAt: 1_100 });
    const decision = expectationDecision({ expectation: { ...backup, seen }, state, news: 'recovered' }, 2_001);
    assert.deepEqual(
      [decision.code, decision.instance, decision.schedule, decision.text],
      [
        'expectation_recovered',
        'p',
        'p/nightly',
        'backup: a success of the schedule p/nightly is as expected again (last 1970-01-01T00:00:02.000Z)',
      ],
    );
  });
});
