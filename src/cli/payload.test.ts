import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { OperatorError } from '../domain/errors.ts';
import type { Io } from './io.ts';
import { payloadOf } from './payload.ts';

const sink = { isTerminal: false, colours: false, columns: 80, write() {} };

function io(cwd: string, stdin: string): Io {
  return {
    stdout: sink,
    stderr: sink,
    env: {},
    cwd,
    pid: 1,
    readStdin: async () => stdin,
    stdinIsTerminal: false,
    readLine: async () => null,
    onEndSignal: () => () => {},
    onResize: () => () => {},
    onHangup: () => {},
    restrictUmask() {},
    runEditor: async () => 0,
    exit() {},
  };
}

describe('payloadOf', () => {
  for (const [text, stdin, value] of [
    [undefined, '', {}],
    ['{"a":1}', '', { a: 1 }],
    ['null', '', null],
    [' 7 ', '', 7],
    ['-', '[1]\n', [1]],
    ['@in.json', '', 'file'],
  ] as const) {
    it(`takes ${text ?? 'nothing'} for ${JSON.stringify(value)}`, async (t) => {
      const dir = mkdtempSync(join(tmpdir(), 'ductile-payload-'));
      t.after(() => rmSync(dir, { recursive: true }));
      writeFileSync(join(dir, 'in.json'), '"file"');
      assert.deepEqual(await payloadOf(text, io(dir, stdin)), value);
    });
  }

  for (const [text, stdin, message] of [
    ['{a:1}', '', /^the payload is not valid JSON: /],
    ['', '', /^the payload is not valid JSON: /],
    ['-', '{', /^standard input is not valid JSON: /],
    ['@missing.json', '', /^the payload file cannot be read: .*missing\.json/],
    ['@', '', /^the payload file cannot be read: /],
  ] as const) {
    it(`refuses ${JSON.stringify(text)} with ${message.source}`, async () => {
      await assert.rejects(payloadOf(text, io(tmpdir(), stdin)), (error) => {
        assert.ok(error instanceof OperatorError);
        assert.equal(error.code, 'invalid_payload');
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
