import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patternOf } from '../../test/schedules.ts';
import { formatInstant, parseInstant } from './instant.ts';
import { parseCron } from './schedule-cron.ts';
import { nextWall } from './schedule-pattern.ts';

/** The first readings after the start of 2024 (a Monday in a leap year), as `MM-DD hh:mm:ss`. */
function readings(expression: string, count: number): string[] {
  const pattern = patternOf(expression);
  const found: string[] = [];
  for (let from = (parseInstant('2024-01-01T00:00:00Z') ?? 0) + 1; found.length < count; ) {
    const wall = nextWall(pattern, from);
    assert.ok(wall !== null);
    found.push(formatInstant(wall).slice(5, 19).replace('T', ' '));
    from = wall + 1;
  }
  return found;
}

test('fields, lists, ranges, steps and names mean what crontab(5) says', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['*/20 * * * *', ['01-01 00:20:00', '01-01 00:40:00', '01-01 01:00:00']],
    ['*/20 * * * * *', ['01-01 00:00:20', '01-01 00:00:40', '01-01 00:01:00']],
    ['5,10 7 * * *', ['01-01 07:05:00', '01-01 07:10:00', '01-02 07:05:00']],
    ['0 8-18/5 * * *', ['01-01 08:00:00', '01-01 13:00:00', '01-01 18:00:00', '01-02 08:00:00']],
    ['30 6 * * Mon-FRI', ['01-01 06:30:00', '01-02 06:30:00', '01-03 06:30:00']],
    ['0 0 * * sat-sun', ['01-06 00:00:00', '01-07 00:00:00', '01-13 00:00:00']],
    ['0 0 * * 7', ['01-07 00:00:00', '01-14 00:00:00']],
    ['0 0 * * 5-7', ['01-05 00:00:00', '01-06 00:00:00', '01-07 00:00:00', '01-12 00:00:00']],
    ['0 0 * * */2', ['01-02 00:00:00', '01-04 00:00:00', '01-06 00:00:00', '01-07 00:00:00']],
    ['0 0 1 feb,mar *', ['02-01 00:00:00', '03-01 00:00:00', '02-01 00:00:00']],
    ['0 0 29 2 *', ['02-29 00:00:00', '02-29 00:00:00']],
    ['0 0 31 * *', ['01-31 00:00:00', '03-31 00:00:00', '05-31 00:00:00']],
    ['  0   0 * * *  ', ['01-02 00:00:00']],
    ['*/60 * * * *', ['01-01 01:00:00']],
  ];
  for (const [expression, expected] of cases)
    assert.deepEqual(readings(expression, expected.length), expected, expression);
});

test('two restricted day fields are alternatives, but a field that starts with a star restricts further', () => {
  assert.deepEqual(readings('0 0 13 * fri', 3), ['01-05 00:00:00', '01-12 00:00:00', '01-13 00:00:00']);
  // Odd days that are Mondays.
  assert.deepEqual(readings('0 0 */2 * mon', 3), ['01-15 00:00:00', '01-29 00:00:00', '02-05 00:00:00']);
  // The 13th when it is a Sunday, Wednesday or Saturday.
  assert.deepEqual(readings('0 0 13 * */3', 3), ['01-13 00:00:00', '03-13 00:00:00', '04-13 00:00:00']);
});

test('nicknames stand for their expressions', () => {
  const cases = [
    ['@hourly', '0 * * * *'],
    ['@daily', '0 0 * * *'],
    ['@Midnight', '0 0 * * *'],
    ['@weekly', '0 0 * * sun'],
    ['@monthly', '0 0 1 * *'],
    ['@yearly', '0 0 1 1 *'],
    ['@annually', '0 0 1 jan *'],
  ] as const;
  for (const [nickname, expression] of cases) assert.deepEqual(patternOf(nickname), patternOf(expression), nickname);
});

test('a star or every value makes a wildcard of the hour and the minute', () => {
  const cases = [
    ['5 7 * * *', false, false],
    ['* 7 * * *', false, true],
    ['*/5 7 * * *', false, true],
    ['0-59 7 * * *', false, true],
    ['0-58 7 * * *', false, false],
    ['5 * * * *', true, false],
    ['5 */2 * * *', true, false],
    ['5 0-23 * * *', true, false],
    ['* 5 7 * * *', false, false],
  ] as const;
  for (const [expression, wildHour, wildMinute] of cases) {
    const pattern = patternOf(expression);
    assert.deepEqual([pattern.wildHour, pattern.wildMinute], [wildHour, wildMinute], expression);
  }
});

test('what cannot be used is refused by the name of its field, with a hint', () => {
  const cases: readonly (readonly [string, RegExp, RegExp])[] = [
    ['', /has 5 fields.*has 0/, /minute, hour/],
    ['* * * *', /has 4/, /minute, hour/],
    ['0 0 1 1 * 2030 x', /has 7/, /minute, hour/],
    ['60 * * * *', /field minute, "60" is not one of 0–59$/, /Allowed are/],
    ['61 0 0 1 1 *', /field second, "61"/, /Allowed/],
    ['0 24 * * *', /field hour, "24"/, /0–23/],
    ['0 0 0 * *', /field day of month, "0"/, /1–31/],
    ['0 0 1-32 * *', /field day of month, "32"/, /1–31/],
    ['0 0 * foo *', /field month, "foo" is not one of 1–12 or jan–dec/, /jan–dec/],
    ['0 0 * * 8', /field day of week, "8"/, /sun–sat/],
    ['0 0 * * mon-xyz', /field day of week, "xyz"/, /sun–sat/],
    ['0 0 L * *', /field day of month, "L"/, /Allowed/],
    ['0 0 ? * *', /field day of month, "\?" cannot be read/, /Allowed/],
    ['1,,2 * * * *', /field minute, "" cannot be read/, /Allowed/],
    ['1-2-3 * * * *', /field minute, "1-2-3" cannot be read/, /Allowed/],
    ['*/0 * * * *', /field minute, the step "0" is not one of 1–60/, /every:/],
    ['*/x * * * *', /the step "x"/, /every:/],
    ['*/90 * * * *', /the step "90" is not one of 1–60/, /every:/],
    ['5/10 * * * *', /"5\/10" has a step but no range/, /5-59\/10/],
    ['0 22-2 * * *', /field hour, the range "22-2" runs backwards/, /22-23,0-2/],
    ['0 0 30 2 *', /day of month "30" and month "2" never meet/, /February/],
    ['0 0 31 4,6,9,11 *', /never meet/, /February/],
    ['@reboot', /"@reboot" is not a nickname/, /run_on_start/],
    ['@often', /"@often" is not a nickname/, /@hourly, @daily/],
  ];
  for (const [expression, message, hint] of cases) {
    const parsed = parseCron(expression);
    assert.ok(!parsed.ok, expression);
    assert.match(parsed.message, message);
    assert.match(parsed.hint ?? '', hint);
  }
});
