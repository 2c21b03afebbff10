import assert from 'node:assert/strict';
import { it } from 'node:test';
import { visible, visibleText } from './visible.ts';

for (const [text, shown] of [
  ['plain\ttext\n', 'plain\ttext\n'],
  ['one\r\ntwo\r\n', 'one\ntwo\n'],
  ['50 %\r100 %', '50 %\\x0d100 %'],
  ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
  ['\u009b31m\u007f\u0000', '\\x9b31m\\x7f\\x00'],
  ['größe → 1', 'größe → 1'],
] as const) {
  it(`shows ${JSON.stringify(text)} as text`, () => assert.equal(visibleText(text), shown));
}

it('reaches every string of an answer, keys included, and nothing else', () => {
  assert.deepEqual(visible({ 'a\u0007': ['\u001b', 1, null, true, { b: '\u001b' }] }), {
    'a\\x07': ['\\x1b', 1, null, true, { b: '\\x1b' }],
  });
});
