import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FakeIoOptions, fakeIo } from '../../test/cli/fake-io.ts';
import { OperatorError } from '../domain/errors.ts';
import { sessionOf } from './command.ts';
import { confirmed } from './confirm.ts';

const TERMINAL = { columns: 80 };
const question = 'Retry 512 dead jobs?';

async function ask(options: FakeIoOptions, { yes, json = false }: { yes?: boolean; json?: boolean } = {}) {
  const io = fakeIo(options);
  const agreed = await confirmed(sessionOf(io, { json }), { yes, question });
  return { agreed, said: io.stderr.text };
}

describe('a confirmation', () => {
  for (const [answer, agreed] of [
    ['y\n', true],
    ['YES\n', true],
    [' yes \n', true],
    ['\n', false],
    ['n\n', false],
    ['yesterday\n', false],
    ['', false],
  ] as const) {
    it(`of ${JSON.stringify(answer)} is a ${agreed ? 'yes' : 'no'}`, async () => {
      const asked = await ask({ terminal: TERMINAL, stdin: answer });
      assert.equal(asked.agreed, agreed);
      assert.ok(asked.said.startsWith(`${question} [y/N] `), asked.said);
      assert.equal(asked.said.endsWith('nothing was changed\n'), !agreed);
    });
  }

  it('with --yes is not asked for', async () => {
    assert.deepEqual(await ask({}, { yes: true, json: true }), { agreed: true, said: '' });
  });

  for (const [where, options, json] of [
    ['nobody looks', {}, false],
    ['a program reads JSON', { terminal: TERMINAL, stdin: 'y\n' }, true],
  ] as const) {
    it(`is refused as wrong usage where ${where}`, async () => {
      await assert.rejects(ask(options, { json }), (error) => {
        assert.ok(error instanceof OperatorError);
        assert.deepEqual([error.code, error.exitCode], ['usage', 2]);
        assert.match(error.hint, /--yes/);
        return true;
      });
    });
  }
});
