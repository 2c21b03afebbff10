import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { latestTimeOfDay, parseTimeOfDay } from './time-of-day.ts';

describe('parseTimeOfDay', () => {
  const cases: readonly (readonly [string, number | null])[] = [
    ['07:00', 25_200_000],
    ['7:00', 25_200_000],
    ['23:59:59', 86_399_000],
    ['00:00', 0],
    ['24:00', null],
    ['07:60', null],
    ['07:00:60', null],
    ['7', null],
    ['7 am', null],
    ['07:00Z', null],
  ];
  for (const [text, ms] of cases) it(`reads ${text}`, () => assert.equal(parseTimeOfDay(text), ms));
});

describe('latestTimeOfDay', () => {
  const cases: readonly (readonly [title: string, time: string, zone: string, now: string, at: string])[] = [
    ['today', '07:00', 'UTC', '2026-11-23T12:00:00Z', '2026-11-23T07:00:00Z'],
    ['now', '12:00', 'UTC', '2026-11-23T12:00:00Z', '2026-11-23T12:00:00Z'],
    ['yesterday', '13:00', 'UTC', '2026-11-23T12:00:00Z', '2026-11-22T13:00:00Z'],
    ['in its zone', '07:00', 'America/New_York', '2026-11-23T12:00:00Z', '2026-11-23T12:00:00Z'],
    ['across a zone of yesterday', '23:30', 'Australia/Sydney', '2026-11-23T12:00:00Z', '2026-11-22T12:30:00Z'],
    ['before a gap of today', '02:30', 'Europe/Berlin', '2026-03-29T10:00:00Z', '2026-03-28T01:30:00Z'],
    ['the second of a repeated hour', '02:30', 'Europe/Berlin', '2026-10-25T10:00:00Z', '2026-10-25T01:30:00Z'],
    ['the first of it, within', '02:30', 'Europe/Berlin', '2026-10-25T01:10:00Z', '2026-10-25T00:30:00Z'],
    ['in an hour that is half', '01:45', 'Australia/Lord_Howe', '2026-04-04T20:00:00Z', '2026-04-04T15:15:00Z'],
  ];
  for (const [title, time, zone, now, at] of cases) {
    it(`is ${title}`, () => {
      const found = latestTimeOfDay(parseTimeOfDay(time) ?? 0, zone, Date.parse(now));
      assert.equal(new Date(found).toISOString(), new Date(at).toISOString());
    });
  }
});
