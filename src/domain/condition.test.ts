import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileExpression, type Expression, evaluate, evaluateCondition, inputsOf } from './condition.ts';
import type { Json } from './json.ts';

const SCOPE = ['payload', 'event', 'job'];
const VALUES: Readonly<Record<string, Json>> = {
  payload: {
    kg: 81,
    n: 7,
    half: 0.5,
    i: 1,
    list: [1, 2, 3],
    nested: { a: { b: null }, 'dash-key': 1 },
    text: 'héllo😀x',
    items: [{ kg: 1 }, { kg: 5 }, {}],
    yes: true,
    nothing: null,
    big: 1e300,
  },
  event: { type: 'a.b' },
  job: null,
};

function compiled(text: string): Expression {
  const result = compileExpression(text, SCOPE);
  assert.ok(result.ok, `${text}: ${JSON.stringify(result)}`);
  return result.expression;
}

function resultOf(text: string): Json {
  const result = evaluate(compiled(text), VALUES);
  assert.ok(result.ok, `${text}: ${JSON.stringify(result)}`);
  return result.value;
}

const VALUE_TABLE: readonly (readonly [string, Json])[] = [
  ['payload.kg * 2', 162],
  ['payload.kg + 0.5', 81.5],
  ['payload.kg - 1 == 80.0', true],
  ['payload.half * 4 == 2', true],
  ['7 / 2', 3.5],
  ['payload.n / 2', 3.5],
  ['6 / 2', 3],
  ['int(7 / 2)', 3],
  ['int(-0.5)', 0],
  ['payload.n % 4', 3],
  ['5.5 % 2', 1.5],
  ['-payload.kg', -81],
  ['-0', 0],
  ['0x10 + 2u', 18],
  ['1e3', 1000],
  ['payload.big * 2', 2e300],
  ['payload.n < 7.5 && payload.n >= 7 && 1 <= 1.0 && 2 > 1', true],
  ['"a" < "b" && !("b" < "a") && "a" <= "a" && false < true', true],
  ['payload.list[payload.i]', 2],
  ['payload.list[1.0]', 2],
  ['payload["kg"]', 81],
  ['payload.nested["dash-key"]', 1],
  ['payload.items[1].kg', 5],
  ['payload.list == [1.0, 2, 3]', true],
  ['payload.list != [1, 2]', true],
  ['[1, 3] == [1, 2]', false],
  ['{"a": [1]} == {"a": [1.0]}', true],
  ['{"a": 1} == {"b": 1}', false],
  ['{"a": 1} == {"a": 1, "b": 2}', false],
  ['"1" == 1', false],
  ['[] == {}', false],
  ['payload.nothing == null', true],
  ['"ab" == "ac"', false],
  ['2 in payload.list', true],
  ['9 in payload.list', false],
  ['"kg" in payload', true],
  ['1 in payload', false],
  ['has(payload.kg)', true],
  ['has(payload.nothing)', true],
  ['has(payload.missing)', false],
  ['has(payload.missing.deeper)', false],
  ['has(job.id)', false],
  ['payload.toString == 1 || true', true],
  ['job != null && job.instance == "x"', false],
  ['payload.yes ? "a" : 1', 'a'],
  ['!payload.yes ? "a" : 1', 1],
  ['1 / 0 == 1 || true', true],
  ['true || 1 / 0 == 1', true],
  ['1 / 0 == 1 && false', false],
  ['false || false', false],
  ['true && true', true],
  ['payload.items.exists(i, i.kg > 3)', true],
  ['payload.items.all(i, i.kg > 3)', false],
  ['payload.list.all(x, x > 0)', true],
  ['payload.list.exists(x, x > 3)', false],
  ['payload.list.exists_one(x, x == 2)', true],
  ['payload.list.exists_one(x, x > 1)', false],
  ['payload.list.filter(x, x > 1)', [2, 3]],
  ['payload.list.map(x, x * 2)', [2, 4, 6]],
  ['payload.list.map(x, x > 1, x * 2)', [4, 6]],
  [
    'payload.list.map(x, payload.list.map(y, x * y))',
    [
      [1, 2, 3],
      [2, 4, 6],
      [3, 6, 9],
    ],
  ],
  ['payload.nested.map(k, k)', ['a', 'dash-key']],
  ['{"a": {"b": [1, 2.5, -3, null]}}', { a: { b: [1, 2.5, -3, null] } }],
  ['size(payload.list) + size("é😀") + size({"a": 1})', 6],
  ['payload.text.size()', 7],
  ['payload.text.indexOf("x")', 6],
  ['payload.text.indexOf("l", 3)', 3],
  ['payload.text.indexOf("q")', -1],
  ['payload.text.lastIndexOf("l")', 3],
  ['payload.text.lastIndexOf("q")', -1],
  ['payload.text.substring(5, 6)', '😀'],
  ['payload.text.substring(5)', '😀x'],
  ['payload.text.contains("llo")', true],
  ['payload.text.startsWith("hé")', true],
  ['payload.text.endsWith("x")', true],
  ['payload.text.matches("^h.*x$")', true],
  ['matches(payload.text, "^x")', false],
  ['payload.text.matches("^" + "h")', true],
  ['payload.text.matches("^" + "h")', true],
  ['"aBé".lowerAscii() + "aBé".upperAscii()', 'abéABé'],
  ['" a ".trim()', 'a'],
  ['"a,b,,c".split(",")', ['a', 'b', '', 'c']],
  ['"a,b,c".split(",", 2)', ['a', 'b,c']],
  ['"a,b".split(",", 0)', []],
  ['"a😀b".split("")', ['a', '😀', 'b']],
  ['"abc".split("", 2)', ['a', 'bc']],
  ['["a", "b"].join("-") + ["c"].join() + [].join("x")', 'a-bc'],
  ['[1] + [2]', [1, 2]],
  ['string(81) + string(true) + string("s") + string(0.5)', '81trues0.5'],
  ['int("42") + int(1.9) + double("1.5") + double(2)', 46.5],
  ['bool("true") && bool(true) && !bool("0")', true],
  ['dyn(1)', 1],
  ['[null, true, 1, "", [], {}].map(x, type(x))', ['null', 'boolean', 'number', 'string', 'list', 'object']],
  ['r"a\\d" + "\\n" // a comment', 'a\\d\n'],
  ['{"__proto__": 1}.size()', 1],
];

test('expressions over JSON give plain JSON', () => {
  for (const [text, expected] of VALUE_TABLE) assert.deepEqual(resultOf(text), expected, text);
});

const FAILURE_TABLE: readonly (readonly [string, RegExp])[] = [
  ['payload.kgg', /^payload has no key kgg; did you mean kg\?$/],
  ['payload.entirely', /^payload has no key entirely$/],
  ['payload.list[3]', /payload\.list is a list of 3, which has no element 3/],
  ['payload.list[0.5]', /no element 0\.5/],
  ['payload.list["a"]', /no key a/],
  ['payload.list[null]', /no key null/],
  ['payload[1]', /payload is an object; its keys are strings/],
  ['job.id', /job is null, which has no key id/],
  ['event.payload.kg', /event has no key payload/],
  ['1 / 0', /division by zero/],
  ['1 % 0', /division by zero/],
  ['9007199254740991 + 1', /too large for a JSON number/],
  ['payload.big * payload.big', /too large/],
  ['"a" + 1', /the string "a" \+ the number 1; string\(x\)/],
  ['1 + "a"', /double\(x\)/],
  ['payload + payload', /an object \+ an object$/],
  ['true + null', /the boolean true \+ null$/],
  ['1 < "a"', /have no order/],
  ['payload.list < [1]', /a list and a list have no order/],
  ['!payload.kg', /! needs true or false, not the number 81/],
  ['payload.kg && true', /&& needs true or false/],
  ['payload.kg ? 1 : 2', /\? needs true or false/],
  ['payload.missing == 1 || false', /no key missing/],
  ['1 in payload.kg', /`in` looks into a list or an object/],
  ['payload.items.all(i, i.kg > 0)', /i has no key kg/],
  ['payload.list.filter(x, x)', /the test of a loop must give true or false/],
  ['payload.kg.map(x, x)', /a loop needs a list or an object/],
  ['{payload.kg: 1}', /keys of a JSON object are strings/],
  ['{"a": 1, "a": 2}', /the key "a" stands twice/],
  ['size(1)', /has no size/],
  ['int("x")', /int\(\) cannot make/],
  ['int(payload.big)', /int\(\) cannot make/],
  ['double("x")', /double\(\) cannot make/],
  ['string(null)', /string\(\) cannot make/],
  ['bool("maybe")', /bool\(\) cannot make/],
  ['payload.kg.contains("a")', /a string is needed, not the number 81/],
  ['payload.kg.matches("a")', /matches\(\) needs a string/],
  ['"a".matches("(" + "")', /invalid pattern: .*missing closing/],
  ['"a".substring(2)', /position 2 lies outside a text of 1 characters/],
  ['"abc".substring(2, 1)', /ends at 1, before it starts at 2/],
  ['"abc".substring(0.5)', /a whole number is needed/],
  ['"a".join()', /join\(\) needs a list of strings/],
  ['[1].join()', /a string is needed/],
];

test('what has no value says why', () => {
  for (const [text, expected] of FAILURE_TABLE) {
    const result = evaluate(compiled(text), VALUES);
    assert.equal(result.ok, false, text);
    assert.match(result.ok ? '' : result.message, expected, text);
  }
});

const COMPILE_TABLE: readonly (readonly [string, number, RegExp])[] = [
  ['', 0, /empty/],
  ['1 +', 3, /ends too early/],
  ['payload.a = 1', 10, /unexpected =; CEL compares with ==/],
  ['payload.a and true', 10, /unexpected and; CEL writes &&/],
  ['payload.null', 8, /such a key is written \["null"\]/],
  ['payload.?kg', 0, /optional members/],
  ['payload.kg 3', 11, /unexpected 3$/],
  ['"abc', 0, /unterminated string/],
  ['payoad.kg > 1', 0, /unknown name payoad; did you mean payload\?/],
  ['1 + temperature', 4, /unknown name temperature; there are payload, event, job/],
  ['payload.list.map(x, y)', 20, /unknown name y/],
  ['payload.list.map(payload, 1)', 17, /the name payload is taken/],
  ['payload.list.map(x, payload.list.map(x, 1))', 37, /the name x is taken/],
  ['payload.list.map(1, 1)', 17, /iteration variable/],
  ['siz(1)', 0, /unknown function siz\(\); did you mean size\(\)\?/],
  ['payload.a.frobnicate()', 10, /unknown function frobnicate\(\)$/],
  ['size(1, 2)', 0, /wrong number of arguments/],
  ['has(payload)', 0, /has\(\) asks for one member/],
  ['"a".matches("(")', 12, /invalid pattern/],
  ['matches("a", "a{1000}{1000}")', 13, /invalid pattern/],
  ['"a".matches("a{999}a{999}a{999}")', 12, /repeats too much/],
  ['"a".matches("(aaaaa){999}")', 12, /repeats too much/],
  ['b"bytes"', 0, /bytes have no JSON form/],
  ['9007199254740993', 0, /whole numbers reach/],
  ['true'.padEnd(5_000, ' '), 0, /longer than 4096 bytes/],
  [`"${'é'.repeat(2_100)}"`, 0, /longer than 4096 bytes/],
  [`"a".matches("${'a'.repeat(1_001)}")`, 12, /longer than 1000 characters/],
  ['('.repeat(100), 64, /nested more than 64 deep/],
  [`1${'+1'.repeat(600)}`, 0, /more than 1000 parts/],
  [`1${'+1'.repeat(300)}`, 0, /nested too deeply/],
  [`${'!'.repeat(4_000)}true`, 3_000, /more than 1000 parts/],
];

test('what does not compile says why and where', () => {
  for (const [text, offset, expected] of COMPILE_TABLE) {
    const result = compileExpression(text, SCOPE);
    assert.equal(result.ok, false, text);
    if (result.ok) continue;
    assert.match(result.message, expected, text);
    assert.equal(result.offset, offset, `${text.slice(0, 60)}: ${result.message}`);
  }
});

test('an expression without names in scope says so', () => {
  assert.match(JSON.stringify(compileExpression('a', [])), /there are none here/);
});

test('a value that is missing at run time is a failure, not a crash', () => {
  const result = evaluate(compiled('event.type'), {});
  assert.deepEqual(result, { ok: false, message: 'there is no event here' });
});

test('a condition gives true or false and nothing else', () => {
  assert.deepEqual(evaluateCondition(compiled('payload.kg > 80'), VALUES), { ok: true, value: true });
  assert.equal(evaluateCondition(compiled('payload.missing'), VALUES).ok, false);
  const number = evaluateCondition(compiled('payload.kg'), VALUES);
  assert.match(JSON.stringify(number), /must give true or false, and this one gave the number 81/);
});

test('whole and decimal numbers mix as in JSON, for literals and values alike', () => {
  const operators: Readonly<Record<string, (a: number, b: number) => unknown>> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
    '<': (a, b) => a < b,
    '>=': (a, b) => a >= b,
    '==': (a, b) => a === b,
  };
  const number = fc.oneof(
    fc.integer({ min: -1e6, max: 1e6 }),
    fc.integer({ min: -1e6, max: 1e6 }).map((n) => n / 8),
  );
  fc.assert(
    fc.property(number, number, fc.constantFrom(...Object.keys(operators)), (a, b, operator) => {
      fc.pre(operator !== '/' || b !== 0);
      const expected = operators[operator]?.(a, b);
      const values = evaluate(compiled(`payload.a ${operator} payload.b`), { payload: { a, b } });
      const literals = evaluate(compiled(`(${a}) ${operator} (${b})`), {});
      assert.ok(
        values.ok && Object.is(values.value, typeof expected === 'number' ? expected + 0 : expected),
        JSON.stringify([a, operator, b, values]),
      );
      assert.deepEqual(literals, values);
    }),
  );
});

test('inputs are the paths that a condition reads, without loop variables', () => {
  const text =
    'payload.kg > 80 && has(payload.gone) && payload.items.exists(i, i.kg > payload.n) && payload.items[1].kg == 5';
  assert.deepEqual(inputsOf(compiled(text), VALUES), {
    'payload.kg': 81,
    'payload.items': [{ kg: 1 }, { kg: 5 }, {}],
    'payload.n': 7,
    'payload.items[1].kg': 5,
  });
  assert.deepEqual(inputsOf(compiled('payload.nested["dash-key"] == payload.list[payload.i]'), VALUES), {
    'payload.nested["dash-key"]': 1,
    'payload.list': [1, 2, 3],
    'payload.i': 1,
  });
  assert.deepEqual(inputsOf(compiled('payload.kg.deeper == payload[true] || payload.list[0.0] == 1'), VALUES), {
    payload: VALUES.payload,
    'payload.list[0]': 1,
  });
});

test('inputs stay small whatever the payload', () => {
  const payload = {
    text: 'x'.repeat(10_000),
    list: Array.from({ length: 10_000 }, () => 1),
    object: Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, 1])),
    deep: JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`) as Json,
  };
  const inputs = inputsOf(
    compiled('payload.text == "" || payload.list == [] || payload.object == {} || payload.deep == []'),
    {
      payload,
    },
  );
  assert.deepEqual(inputs, {
    'payload.text': `${'x'.repeat(200)}…`,
    'payload.list': '(a list of 10000)',
    'payload.object': '(an object of 1000 keys)',
    'payload.deep': '(a list of 1)',
  });
  const many = Array.from({ length: 30 }, (_, index) => `payload.k${index} == 1`).join(' || ');
  const large = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`k${index}`, 'y'.repeat(300)]));
  assert.ok(JSON.stringify(inputsOf(compiled(many), { payload: large })).length <= 2_048);
});
