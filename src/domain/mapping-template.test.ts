import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from './json.ts';
import { compileTemplate, evaluateTemplate, evaluateText } from './mapping-template.ts';

const VALUES: Readonly<Record<string, Json>> = {
  payload: { kg: 81.5, day: '2026-11-23', none: null, list: [1, 'a'], object: { a: 1 }, yes: true },
};

function resultOf(text: string): Json {
  const compiled = compileTemplate(text, ['payload']);
  assert.ok(compiled.ok, `${text}: ${JSON.stringify(compiled)}`);
  const result = evaluateTemplate(compiled.template, VALUES);
  assert.ok(result.ok, `${text}: ${JSON.stringify(result)}`);
  return result.value;
}

const TABLE: readonly (readonly [string, Json])[] = [
  ['', ''],
  ['plain', 'plain'],
  ['${{ payload.kg }}', 81.5],
  ['${{payload.list}}', [1, 'a']],
  ['${{ payload.none }}', null],
  [' ${{ payload.kg }}', ' 81.5'],
  ['${{ payload.kg }} kg on ${{ payload.day }}', '81.5 kg on 2026-11-23'],
  ['${{ payload.day }}${{ payload.yes }}', '2026-11-23true'],
  ['a${{ payload.none }}b', 'ab'],
  ['is ${{ payload.object }} ${{ payload.list }}', 'is {"a":1} [1,"a"]'],
  ['${{ "}}" }}', '}}'],
  ["${{ '}}' + '\\'}}' }}", "}}'}}"],
  ['${{ """a"}}""" }}', 'a"}}'],
  ["${{ '''a'}}''' }}", "a'}}"],
  ['${{ {"a": {"b": 1}} }}', { a: { b: 1 } }],
  ['${{ {"a": {"b": 1}}}}', { a: { b: 1 } }],
  ['${{ 1 // }} "\n + 1 }}', 2],
  ['${HOME} ${ {x} } $${a} }} {{', '${HOME} ${ {x} } $${a} }} {{'],
  ['${{ "${{" }}', '${{'],
];

test('a lone expression keeps its type; inside text it becomes text', () => {
  for (const [text, expected] of TABLE) assert.deepEqual(resultOf(text), expected, text);
});

const FAILURES: readonly (readonly [string, number, RegExp])[] = [
  ['ab ${{ payload.kg', 3, /without its/],
  ['${{ "}} ', 4, /unterminated string/],
  ['ab ${{ payload.kg }} ${{ nonsense }}', 25, /unknown name nonsense/],
  ['${{ }}', 3, /empty/],
  ['${{ 1 + }}', 8, /ends too early/],
];

test('what does not compile is told with its place in the whole text', () => {
  for (const [text, offset, expected] of FAILURES) {
    const compiled = compileTemplate(text, ['payload']);
    assert.equal(compiled.ok, false, text);
    if (compiled.ok) continue;
    assert.match(compiled.message, expected, text);
    assert.equal(compiled.offset, offset, text);
  }
});

test('a part that fails fails the whole', () => {
  const compiled = compileTemplate('a ${{ payload.absent }}', ['payload']);
  assert.ok(compiled.ok);
  assert.deepEqual(evaluateText(compiled.template, VALUES), { ok: false, message: 'payload has no key absent' });
});

test('the whole text is at most 1 MiB', () => {
  const compiled = compileTemplate('${{ payload }}${{ payload }}', ['payload']);
  assert.ok(compiled.ok);
  assert.equal(evaluateText(compiled.template, { payload: 'a'.repeat(500_000) }).ok, true);
  assert.match(JSON.stringify(evaluateText(compiled.template, { payload: 'a'.repeat(600_000) })), /larger than/);
  const literal = compileTemplate('é'.repeat(600_000), []);
  assert.ok(literal.ok);
  assert.match(JSON.stringify(evaluateText(literal.template, {})), /larger than/);
});

test('any text without an opening stands as it is, and any string survives inside an expression', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!text.includes('${{'));
      const compiled = compileTemplate(text, []);
      assert.ok(compiled.ok);
      assert.deepEqual(evaluateText(compiled.template, {}), { ok: true, value: text });
      const quoted = compileTemplate(`a\${{ ${JSON.stringify(text).replaceAll('/', '\\u002f')} }}b`, []);
      assert.ok(quoted.ok, JSON.stringify(quoted));
      assert.deepEqual(evaluateText(quoted.template, {}), { ok: true, value: `a${text}b` });
    }),
  );
});
