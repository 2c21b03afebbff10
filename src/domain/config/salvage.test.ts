import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBroken, salvage } from './salvage.ts';
import { choice, duration, flag, listOf, name, section, text, whole } from './scalars.ts';

const schema = section(
  {
    name: name(),
    title: text('a title').optional(),
    count: whole(1, 9).default(5),
    span: duration().prefault('1m'),
    list: listOf(flag(), 'a list of flags').optional(),
    window: section({ start: text('a time'), days: listOf(choice(['mon', 'tue']), 'days').optional() }, 'a window')
      .refine(({ days }) => days?.length !== 0, { error: 'no days' })
      .optional(),
    room: section({ size: whole(1, 9).default(3), unit: text('a unit').default('m') }, 'a room').prefault({}),
  },
  'a map',
);

function salvaged(value: unknown) {
  const found = salvage(schema, { value, path: ['top'], written: () => null, source: () => null });
  return found && { value: found.value, broken: found.broken.map((path) => path.join('.')) };
}

const DEFAULTS = { count: 5, span: 60_000, room: { size: 3, unit: 'm' } };

describe('what is salvaged of a section', () => {
  const CASES: readonly (readonly [title: string, unknown, object | null])[] = [
    ['all of it, when it is well-formed', { name: 'a' }, { value: { name: 'a', ...DEFAULTS }, broken: [] }],
    [
      'every key that decodes by itself',
      { name: 'a', title: 5, count: 2, span: '2s', list: [true] },
      { value: { name: 'a', ...DEFAULTS, count: 2, span: 2_000, list: [true] }, broken: ['title'] },
    ],
    [
      'the default of a key that does not',
      { name: 'a', count: 10, span: 'soon', room: 1 },
      { value: { name: 'a', ...DEFAULTS }, broken: ['count', 'span', 'room'] },
    ],
    ['nothing of a required key that does not', { name: 'A' }, { value: DEFAULTS, broken: ['name'] }],
    ['nothing of a list with a broken entry', { list: [true, 1] }, { value: DEFAULTS, broken: ['name', 'list'] }],
    [
      'what decodes in sections inside',
      { name: 'a', window: { start: '6:00', days: ['monday'] }, room: { size: 7, unit: 1, extra: 1 } },
      {
        value: { ...DEFAULTS, name: 'a', window: { start: '6:00' }, room: { size: 7, unit: 'm' } },
        broken: ['window.days', 'room.unit'],
      },
    ],
    [
      'nothing of a section inside that lacks a required key',
      { name: 'a', window: { days: ['mon'] } },
      { value: { name: 'a', ...DEFAULTS }, broken: ['window'] },
    ],
    [
      'no key that an unknown one was meant to be, unless it stands there, too',
      { nam: 'a', titl: 'x', title: 'y', zzzzzz: 1 },
      { value: { ...DEFAULTS, title: 'y' }, broken: ['name', 'name'] },
    ],
    ['nothing of what is no map', [], null],
    ['nothing of null', null, null],
  ];
  for (const [title, value, expected] of CASES) it(title, () => assert.deepEqual(salvaged(value), expected));
});

it('a path is broken when a path above or below it is', () => {
  const broken = [['window', 'days', 0], ['every']];
  for (const path of [['window'], ['window', 'days'], ['window', 'days', '0'], ['every'], ['every', 'x']]) {
    assert.equal(isBroken(broken, path), true, path.join('.'));
  }
  for (const path of [['window', 'start'], ['window', 'days', 1], ['cron']]) {
    assert.equal(isBroken(broken, path), false, path.join('.'));
  }
});
