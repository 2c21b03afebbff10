import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonOutput, jsonText } from './json-text.ts';

const sink = (isTerminal: boolean) => ({ isTerminal, colours: false, columns: 80, write() {} });

describe('jsonOutput', () => {
  it('is one line for programs and indented for people', () => {
    assert.equal(jsonOutput({ a: [1] }, sink(false)), '{"a":[1]}\n');
    assert.equal(jsonOutput({ a: 1 }, sink(true)), '{\n  "a": 1\n}\n');
  });

  it('holds no character that steers a terminal, and parses back to the same', () => {
    const value = { text: 'a\u001b[31m\u009b31m\u007f' };
    const text = jsonOutput(value, sink(false));
    assert.match(text, /^[\x20-\x7e]+\n$/);
    assert.deepEqual(JSON.parse(text), value);
  });
});

describe('jsonText', () => {
  for (const [value, columns, text] of [
    [{ a: 1 }, 80, '{"a":1}'],
    [{ a: 1 }, 10, '\n    {\n      "a": 1\n    }'],
    ['plain', 10, 'plain'],
    ['one line\n', 80, 'one line'],
    ['two\nlines\n\n', 80, '\n    two\n    lines'],
    ['a\n\nb', 80, '\n    a\n\n    b'],
    ['', 80, '""'],
    ['x'.repeat(200), 80, 'x'.repeat(200)],
    [null, 80, 'null'],
  ] as const) {
    it(`shows ${JSON.stringify(value).slice(0, 30)} in ${columns} columns`, () => {
      assert.equal(jsonText(value, { indent: 4, columns }), text);
    });
  }

  it('does not make endless lines where there is room', () => {
    const list = Array.from({ length: 60 }, (_, index) => index);
    assert.match(jsonText(list, { indent: 4, columns: Number.POSITIVE_INFINITY }), /^\n {4}\[\n/);
  });
});
