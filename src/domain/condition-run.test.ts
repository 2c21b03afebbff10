import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileExpression, evaluate } from './condition.ts';
import { MAX_STEPS, newMeter } from './condition-run.ts';
import type { Json } from './json.ts';

/** Evaluates and tells the outcome with the steps it took. */
function run(text: string, payload: Json) {
  const compiled = compileExpression(text, ['payload']);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  const meter = newMeter();
  const result = evaluate(compiled.expression, { payload }, { meter });
  return { result, steps: MAX_STEPS - meter.steps };
}

const MIB = 1_048_576;
const numbers = Array.from({ length: 200_000 }, (_, index) => index);
const long = 'a'.repeat(MIB);
const adversary = `${'a'.repeat(1_500)}b${'a'.repeat(1_500)}`;
const unlike = Array.from({ length: 4_000 }, (_, index) => ({ index }));

const COSTLY: readonly (readonly [string, Json])[] = [
  ['payload.all(x, x >= 0)', numbers],
  ['payload.exists(x, x.y == 1)', numbers],
  ['payload.exists(x, payload.exists(y, payload.exists(z, false)))', numbers.slice(0, 100)],
  ['payload.all(x, payload == payload)', numbers],
  ['payload.map(x, payload)', numbers],
  ['payload.map(x, x).map(x, x)', numbers],
  ['payload.exists(x, payload.exists(y, y == x && x.index > 1e9))', unlike],
  ['payload.exists(x, x.missing == 1 || x.absent == 2)', unlike],
  ['payload.all(k, size(payload) > 0)', Object.fromEntries(numbers.map((number) => [`k${number}`, 1]))],
  ['[1,2,3,4,5,6,7,8].all(x, payload.size() > x)', long],
  ['[1,2,3,4,5,6,7,8].all(x, !payload.contains("ab"))', long],
  ['payload.matches("^(a+)+$")', `${long}!`],
  [
    'payload.l.all(x, payload.t.matches(payload.p + string(x)) || true)',
    { l: numbers, t: 'b', p: '(?:a{31}){31}a{999}' },
  ],
  ['payload.split("")', long],
  ['payload.split("a")', long],
  ['payload.lastIndexOf("b")', long],
  ['payload.lowerAscii().upperAscii()', long],
  ['[1,2,3,4,5,6,7,8].exists(x, payload.trim() == "")', long],
  ['[1,2,3,4,5,6,7,8].exists(x, payload.t.contains(payload.n))', { t: long, n: adversary }],
  ['[1,2,3,4,5,6,7,8].all(x, payload < payload + "a")', 'a'.repeat(MIB - 1)],
];

test('no expression goes on for long, whatever the payload', () => {
  for (const [text, payload] of COSTLY) {
    const { result, steps } = run(text, payload);
    assert.match(result.ok ? 'ok' : result.message, /too costly: it needs more than 100000 steps/, text);
    assert.ok(steps > MAX_STEPS && steps < 7 * MAX_STEPS, `${text}: ${steps}`);
  }
});

test('a pattern that ruins backtracking engines costs what its length says', () => {
  const { result, steps } = run('payload.matches("^(a+)+$")', `${'a'.repeat(28)}!`);
  assert.deepEqual(result, { ok: true, value: false });
  assert.ok(steps < 50, String(steps));
});

test('searching a long text for a long one is linear and finds what indexOf finds', () => {
  const text = 'a'.repeat(20_000);
  const inside = `${text}b${text}`;
  const found = run('payload.t.indexOf(payload.n)', { t: inside, n: adversary });
  assert.deepEqual(found.result, { ok: true, value: inside.indexOf(adversary) });
  assert.ok(found.steps < 3_000);
  assert.deepEqual(run('payload.t.indexOf(payload.n)', { t: text, n: adversary }).result, { ok: true, value: -1 });
  const restarting = `${'ab'.repeat(30)}abc`;
  const repeated = run('payload.t.contains(payload.n)', { t: `${'ab'.repeat(40)}abc`, n: restarting });
  assert.deepEqual(repeated.result, { ok: true, value: true });
});

test('texts and results are bounded in size', () => {
  const doubled = run('payload + payload', 'a'.repeat(600_000)).result;
  assert.match(JSON.stringify(doubled), /a text of more than 1048576 characters/);
  const joined = run('[payload, payload].join()', 'a'.repeat(600_000)).result;
  assert.match(JSON.stringify(joined), /a text of more than 1048576 characters/);
  const aliased = run('[1,2,3,4,5,6,7,8,9,10].map(x, payload)', 'a'.repeat(200_000)).result;
  assert.match(JSON.stringify(aliased), /the result is larger than 1048576 bytes/);
  assert.match(JSON.stringify(run('{"a": payload, "b": payload}', { k: 'é'.repeat(300_000) }).result), /larger than/);
  assert.match(JSON.stringify(run('payload', 'é'.repeat(600_000)).result), /larger than/);
  assert.equal(run('payload', 'a'.repeat(1_000_000)).result.ok, true);
  assert.equal(run('payload', { a: [null, true, 1], b: {} }).result.ok, true);
});

test('values that are nested without end are refused rather than followed', () => {
  const deep = JSON.parse(`${'['.repeat(2_000)}${']'.repeat(2_000)}`) as Json;
  const twin = JSON.parse(`${'['.repeat(2_000)}${']'.repeat(2_000)}`) as Json;
  assert.match(JSON.stringify(run('payload[0] == payload[1]', [deep, twin]).result), /nested too deeply/);
  assert.match(JSON.stringify(run('payload', deep).result), /larger than/);
});

test('running out of steps cannot be passed over', () => {
  const { result } = run('payload.all(x, x >= 0) || true', numbers);
  assert.equal(result.ok, false);
  assert.equal(run('payload + payload == "" || true', 'a'.repeat(600_000)).result.ok, false);
});

test('a value that names itself twice, again and again, is not counted out', () => {
  const doublings = '.map(x, [x, x])'.repeat(30);
  assert.match(JSON.stringify(run(`[payload]${doublings}`, 1).result), /larger than/);
});
