import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OperatorError, type Problem } from '../../domain/errors.ts';
import { fail } from './failure.ts';

const LOCATION = { file: '/etc/ductile.yaml', line: 3, column: 5 };
const PROBLEM: Problem = {
  severity: 'error',
  code: 'unknown_key',
  message: 'no key "a\u001b[2J"',
  location: LOCATION,
  hint: null,
};

function said(error: unknown, json: boolean): readonly [number, string] {
  let text = '';
  const code = fail(error, {
    json,
    sink: { isTerminal: false, colours: false, columns: 80, write: (more) => (text += more) },
  });
  return [code, text];
}

describe('an error', () => {
  it('is said with code, place and hint, and gives the exit code', () => {
    const error = new OperatorError('config_invalid', 'two errors', {
      location: LOCATION,
      hint: 'mend them',
      problems: [PROBLEM],
    });
    assert.deepEqual(said(error, false), [
      78,
      '/etc/ductile.yaml:3:5 error unknown_key no key "a\\x1b[2J"\n' +
        'error config_invalid /etc/ductile.yaml:3:5: two errors\n  → mend them\n',
    ]);
    const [code, text] = said(error, true);
    assert.equal(code, 78);
    assert.deepEqual(JSON.parse(text), {
      error: {
        code: 'config_invalid',
        message: 'two errors',
        hint: 'mend them',
        location: LOCATION,
        problems: [PROBLEM],
      },
    });
  });

  it('without problems has none in its JSON', () => {
    const [code, text] = said(new OperatorError('not_found', 'no job "x"'), true);
    assert.equal(code, 1);
    assert.deepEqual(Object.keys(JSON.parse(text).error), ['code', 'message', 'hint', 'location']);
  });

  it('that nobody expected is a bug, with what is known of it', () => {
    const [code, text] = said(new TypeError('x is not a function'), false);
    assert.equal(code, 1);
    assert.match(text, /^error internal TypeError: x is not a function\n/);
    assert.match(said('thrown', true)[1], /"message":"thrown"/);
  });
});
