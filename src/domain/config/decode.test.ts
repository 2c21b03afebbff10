import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { formatDuration, formatSize } from '../units.ts';
import { decode, type Part } from './decode.ts';
import { describeValue, formatPath, valueAt } from './finding.ts';
import { jobTarget } from './job-target.ts';
import { choice, duration, flag, listOf, mapOf, matching, name, section, size, text, whole } from './scalars.ts';

const inner = section({ word: choice(['skip', 'queue']), count: whole(1, 9).optional() }, 'a map of things');
const schema = section(
  {
    title: text('a title', 5).optional(),
    on: flag().optional(),
    span: duration({ min: 1_000, max: 60_000 }).optional(),
    room: size({ max: 2_048 }).optional(),
    name: name().optional(),
    code: matching(/^\d+$/, { expected: 'digits', problem: 'invalid_value', kind: 'code' }).optional(),
    list: listOf(inner, 'a list of things').optional(),
    either: z
      .union([inner, listOf(inner, 'a list of things')], { error: 'expected a thing or a list of things' })
      .optional(),
    names: mapOf(name(), flag(), 'a map of flags').optional(),
    to: jobTarget.optional(),
    many: z.union([jobTarget, listOf(jobTarget, 'a list of targets')]).optional(),
  },
  'a map',
);

function part(value: unknown, lone: readonly string[] = []): Part {
  return {
    value,
    path: ['top'],
    written: (path) => (lone.includes(formatPath(path)) ? { text: '${X}', lone: true } : null),
    source: (path) => (path.at(-1) === 'title' && valueAt(value, path.slice(1)) === 1 ? '1.0' : null),
  };
}

function found(value: unknown, lone: readonly string[] = []): readonly string[] {
  const decoded = decode(schema, part(value, lone));
  return decoded.ok
    ? []
    : decoded.findings.map(
        ({ code, path, at, message, hint }) => `${code} ${formatPath(path)} ${at}: ${message} | ${hint}`,
      );
}

describe('decoding', () => {
  const REFUSED: readonly (readonly [unknown, string])[] = [
    [[], 'wrong_type top value: top: expected a map, found a list | write `key: value` without the dash before it'],
    [
      { title: 5 },
      'wrong_type top.title value: top.title: expected a title, found the number 5 | put it in quotes: "5"',
    ],
    [
      { title: 1 },
      'wrong_type top.title value: top.title: expected a title, found the number 1.0 | put it in quotes: "1.0"',
    ],
    [{ title: null }, 'wrong_type top.title value: top.title: expected a title, found nothing (null) | null'],
    [{ title: '' }, 'invalid_value top.title value: top.title: expected a title, found "" | null'],
    [
      { title: 'too long' },
      'invalid_value top.title value: top.title: expected a title of at most 5 characters, found "too long" | null',
    ],
    [{ on: 'yes' }, 'wrong_type top.on value: top.on: expected true or false, found "yes" | write true'],
    [{ on: 'Off' }, 'wrong_type top.on value: top.on: expected true or false, found "Off" | write false'],
    [{ on: 'maybe' }, 'wrong_type top.on value: top.on: expected true or false, found "maybe" | null'],
    [
      { span: 60 },
      'wrong_type top.span value: top.span: expected a duration such as `250ms`, `30s`, `15m`, `6h` or `7d`, found the number 60 | write a unit, such as "60s"',
    ],
    [
      { span: 'x' },
      'invalid_duration top.span value: top.span: expected a duration such as `250ms`, `30s`, `15m`, `6h` or `7d`, found "x" | null',
    ],
    [{ span: '2m' }, 'invalid_duration top.span value: top.span: expected a duration from 1s to 1m, found "2m" | null'],
    [
      { room: 5 },
      'wrong_type top.room value: top.room: expected a size such as `64KiB`, `1MiB` or `10MB`, found the number 5 | write a unit, such as "5KiB"',
    ],
    [{ room: '3KiB' }, 'invalid_size top.room value: top.room: expected a size from 1B to 2KiB, found "3KiB" | null'],
    [
      { room: 'x' },
      'invalid_size top.room value: top.room: expected a size such as `64KiB`, `1MiB` or `10MB`, found "x" | null',
    ],
    [
      { name: 'No' },
      'invalid_name top.name value: top.name: expected a name: a lower-case letter, then at most 63 of [a-z0-9_-], found "No" | null',
    ],
    [{ code: 'x' }, 'invalid_value top.code value: top.code: expected digits, found "x" | null'],
    [{ code: true }, 'wrong_type top.code value: top.code: expected digits, found true | put it in quotes: "true"'],
    [{ titel: 'x' }, 'unknown_key top.titel key: unknown key "titel" in top | did you mean "title"?'],
    [
      { list: {} },
      'wrong_type top.list value: top.list: expected a list of things, found a map | begin each entry with a dash, `- `',
    ],
    [
      { list: [{}] },
      'missing_key top.list[0] key: top.list[0] lacks the key "word": expected `skip` or `queue` | null',
    ],
    [
      { list: [{ word: 'skp' }] },
      'invalid_value top.list[0].word value: top.list[0].word: expected `skip` or `queue`, found "skp" | did you mean "skip"?',
    ],
    [
      { list: [{ word: 'queueing' }] },
      'invalid_value top.list[0].word value: top.list[0].word: expected `skip` or `queue`, found "queueing" | did you mean "queue"?',
    ],
    [
      { list: [{ word: 'zzz' }] },
      'invalid_value top.list[0].word value: top.list[0].word: expected `skip` or `queue`, found "zzz" | null',
    ],
    [
      { list: [{ word: 1 }] },
      'wrong_type top.list[0].word value: top.list[0].word: expected `skip` or `queue`, found the number 1 | null',
    ],
    [
      { either: [{ word: 'skip', count: 0 }] },
      'invalid_value top.either[0].count value: top.either[0].count: expected a whole number from 1 to 9, found the number 0 | null',
    ],
    [
      { many: ['No'] },
      'invalid_name top.many[0] value: top.many[0]: expected a name: a lower-case letter, then at most 63 of [a-z0-9_-], found "No" | null',
    ],
    [
      { either: 'x' },
      'wrong_type top.either value: top.either: expected a thing or a list of things, found "x" | null',
    ],
    [
      { names: { a: true, B: true } },
      'invalid_name top.names.B key: top.names.B: expected a name: a lower-case letter, then at most 63 of [a-z0-9_-], found "B" | null',
    ],
    [
      { to: { instance: 'x', comand: 'y' } },
      'unknown_key top.to.comand key: unknown key "comand" in top.to | did you mean "command"?',
    ],
  ];
  for (const [value, wanted] of REFUSED) {
    it(`refuses ${JSON.stringify(value)}`, () => assert.deepEqual(found(value), [wanted]));
  }

  it('tells everything at once, and what is known where a key has no near one', () => {
    const all = found({ on: 1, span: 'x', zzz: 1, '<<': {} });
    assert.equal(all.length, 4);
    assert.ok(
      all.some((line) => line.endsWith('known here: title, on, span, room, name, code, list, either, names, to, many')),
    );
    assert.ok(all.some((line) => line.includes('merge keys')));
  });

  it('speaks of the configuration where the path is empty', () => {
    const decoded = decode(section({ a: text() }, 'a map'), { ...part({ b: 1 }), path: [] });
    assert.ok(!decoded.ok);
    assert.deepEqual(
      decoded.findings.map(({ message }) => message),
      ['the configuration lacks the key "a": expected text', 'unknown key "b" at the top of the configuration'],
    );
  });

  it('gives a lone reference the type that is wanted, also inside lists and either-or', () => {
    const value = {
      on: 'True',
      list: [{ word: 'skip', count: '3' }],
      either: [{ word: 'skip', count: '4' }],
      title: '5',
    };
    const lone = ['top.on', 'top.list[0].count', 'top.either[0].count', 'top.title'];
    const decoded = decode(schema, part(value, lone));
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value, {
      on: true,
      list: [{ word: 'skip', count: 3 }],
      either: [{ word: 'skip', count: 4 }],
      title: '5',
    });
    assert.deepEqual(decoded.raw, decoded.value);
    assert.equal(found(value).length, 3);
  });

  it('shows a reference as it was written, never its value', () => {
    assert.deepEqual(found({ on: 'a secret' }, ['top.on']), [
      'wrong_type top.on value: top.on: expected true or false, found "${X}" | null',
    ]);
    assert.deepEqual(found({ list: [{ word: 'skip', count: '77' }] }, ['top.list[0].count']), [
      'invalid_value top.list[0].count value: top.list[0].count: expected a whole number from 1 to 9, found "${X}" | null',
    ]);
  });

  it('reads back every duration and size that it could have been given', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 365 * 86_400_000 }),
        fc.integer({ min: 1, max: 999_999_999_999 }),
        (ms, bytes) => {
          const decoded = decode(
            section({ ms: duration(), bytes: size() }, 'a map'),
            part({ ms: formatDuration(ms), bytes: formatSize(bytes) }),
          );
          assert.deepEqual(decoded.ok && decoded.value, { ms, bytes });
        },
      ),
    );
  });
});

describe('a place in a document', () => {
  it('is written as people write it', () => {
    assert.equal(formatPath(['plugins', 'a-b', 'schedules', 0, 'x y']), 'plugins.a-b.schedules[0]."x y"');
    assert.equal(formatPath([]), '');
  });

  it('is looked up without what objects inherit', () => {
    assert.equal(valueAt({ a: [{ b: 1 }] }, ['a', 0, 'b']), 1);
    assert.equal(valueAt({ a: null }, ['a', 'b']), undefined);
    assert.equal(valueAt({}, ['toString']), undefined);
  });

  it('holds a value that is described in a word', () => {
    const described = [null, [], 'x', 5, false, {}, 'y'.repeat(100)].map((value) => describeValue(value));
    assert.deepEqual(described, [
      'nothing (null)',
      'a list',
      '"x"',
      'the number 5',
      'false',
      'a map',
      `"${'y'.repeat(80)}…"`,
    ]);
  });
});
