import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOG_LEVELS, type LogFilter, matchesLog } from './log-filter.ts';

const ANY: LogFilter = { level: null, instance: null, jobId: null, component: null, since: null };
const ENTRY = {
  level: 'warn',
  time: '2026-11-23T10:00:00.000Z',
  component: 'engine',
  job_id: 'j1',
  instance: 'backup',
  msg: 'm',
};
const AT = Date.parse(ENTRY.time);

function matches(filter: Partial<LogFilter>, entry: object = ENTRY): boolean {
  return matchesLog(JSON.stringify(entry), { ...ANY, ...filter });
}

test('a line matches when each given field does', () => {
  for (const filter of [
    {},
    { instance: 'backup' },
    { jobId: 'j1' },
    { component: 'engine' },
    { since: AT },
    { level: 'warn', instance: 'backup', jobId: 'j1', component: 'engine', since: AT - 1 },
  ] as const) {
    assert.equal(matches(filter), true, JSON.stringify(filter));
  }
  for (const filter of [
    { instance: 'other' },
    { jobId: 'j2' },
    { component: 'store' },
    { since: AT + 1 },
    { level: 'warn', instance: 'other' },
  ] as const) {
    assert.equal(matches(filter), false, JSON.stringify(filter));
  }
});

test('a level means at least as grave', () => {
  const table = LOG_LEVELS.map((wanted) => LOG_LEVELS.map((level) => matches({ level: wanted }, { ...ENTRY, level })));
  assert.deepEqual(table, [
    [true, true, true, true],
    [false, true, true, true],
    [false, false, true, true],
    [false, false, false, true],
  ]);
});

test('a line without the field is not meant', () => {
  const bare = { level: 'info', msg: 'm' };
  assert.equal(matches({}, bare), true);
  for (const filter of [{ instance: 'a' }, { jobId: 'j1' }, { component: 'engine' }, { since: 0 }] as const) {
    assert.equal(matches(filter, bare), false, JSON.stringify(filter));
  }
  assert.equal(matches({ since: 1 }, { ...bare, time: 'soon' }), false);
  assert.equal(matches({ level: 'debug' }, { msg: 'm' }), false);
});

test('what is no log line matches nothing', () => {
  for (const line of ['', '{"level":"in', '[]', '"text"']) assert.equal(matchesLog(line, ANY), false, line);
});
