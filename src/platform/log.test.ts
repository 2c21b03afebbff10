import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLog, type LogContext, type LogLevel } from './log.ts';

const SECRET = 'correct-horse-battery-staple';

/** Masks the secret, and what begins like a private key to the end of its text. */
const redact = {
  text: (text: string) => text.replaceAll(SECRET, '***').replace(/-----BEGIN [\s\S]*/, '***'),
  json: <T>(value: T): T =>
    JSON.parse(JSON.stringify(value), (_, item) => (typeof item === 'string' ? redact.text(item) : item)),
};

/** What a log writes of one message. */
function linesOf(msg: string, context: LogContext, level: LogLevel = 'info'): readonly string[] {
  const lines: string[] = [];
  createLog({ level: 'info', write: (line) => lines.push(line), redact })[level](msg, context);
  return lines;
}

function entryOf(msg: string, context: LogContext): Record<string, unknown> {
  const [line = ''] = linesOf(msg, context);
  return JSON.parse(line) as Record<string, unknown>;
}

test('messages and fields are masked, at any depth', () => {
  const { msg, error, inner } = entryOf(`with ${SECRET}`, {
    error: new Error(SECRET),
    inner: { list: [`a ${SECRET}`] },
  });
  assert.equal(msg, 'with ***');
  assert.match(String(error), /^Error: \*\*\*\n {4}at /);
  assert.deepEqual(inner, { list: ['a ***'] });
});

test('an unfinished private key masks no more than the text it stands in', () => {
  const entry = entryOf('a key: -----BEGIN PRIVATE KEY-----\nabc', { job_id: '-----BEGIN RSA PRIVATE KEY-----', n: 1 });
  assert.deepEqual([entry['msg'], entry['job_id'], entry['n']], ['a key: ***', '***', 1]);
});

test('what JSON has not is written as text', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  const {
    nan,
    big,
    what,
    none,
    circle: shown,
  } = entryOf('m', { nan: Number.NaN, big: 5n, what: Symbol('s'), circle, none: undefined });
  assert.deepEqual([nan, big, what, none], ['NaN', '5', 'Symbol(s)', undefined]);
  assert.deepEqual(shown, { self: '(circular)' });
});

test('a message below the level is not written', () => {
  assert.deepEqual(linesOf('m', {}, 'debug'), []);
});

test('a line is always one line of valid JSON, and holds no secret', () => {
  const pieces = fc.constantFrom(
    SECRET,
    '-----BEGIN PRIVATE KEY-----',
    'Bearer abcdefghijkl',
    '"}\n{"',
    '\u2028',
    '://a:b@',
  );
  const texts = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''));
  const keys = fc.string({ unit: 'binary' });
  const fields = fc.dictionary(keys, fc.oneof(texts, fc.anything({ key: keys, values: [texts, fc.double()] })));
  fc.assert(
    fc.property(texts, fields, (msg, context) => {
      const lines = linesOf(msg, context);
      assert.equal(lines.length, 1);
      const [line = ''] = lines;
      assert.equal(line.indexOf('\n'), line.length - 1);
      assert.equal(typeof JSON.parse(line), 'object');
      assert.ok(!line.includes(SECRET));
    }),
  );
});
