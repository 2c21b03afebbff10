import assert from 'node:assert/strict';
import { it } from 'node:test';
import { formatInstant } from './instant.ts';
import { localInstant } from './local-instant.ts';

for (const [text, expected] of [
  ['2027-03-28T00:30:00Z', '2027-03-28T00:30:00.000Z'],
  ['2027-03-28T00:30Z', '2027-03-28T00:30:00.000Z'],
  ['2027-03-28T00:30+11:00', '2027-03-27T13:30:00.000Z'],
  ['2027-03-28', '2027-03-27T23:00:00.000Z'],
  ['2027-03-29', '2027-03-28T22:00:00.000Z'],
  ['2027-07-01T12:00', '2027-07-01T10:00:00.000Z'],
  ['2027-07-01T12:00:30', '2027-07-01T10:00:30.000Z'],
  ['2027-03-28T02:30', '2027-03-28T01:00:00.000Z'],
  ['2027-10-31T02:30', '2027-10-31T00:30:00.000Z'],
  ['2027-02-29', null],
  ['tomorrow', null],
  ['2027-03', null],
  ['', null],
] as const) {
  it(`on the clock of Berlin, ${text} is ${expected}`, () => {
    const at = localInstant(text, 'Europe/Berlin');
    assert.equal(at === null ? null : formatInstant(at), expected);
  });
}
