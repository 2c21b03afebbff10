import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Command } from 'commander';
import { buildProgram, leaves, runCli } from '../../src/cli/run-cli.ts';
import { fakeIo } from './fake-io.ts';

async function say(...words: readonly string[]) {
  const io = fakeIo();
  const code = await runCli(words, io);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

describe('wrong usage', () => {
  for (const [words, message, hint] of [
    [['stauts'], "unknown command 'stauts'", 'did you mean status?'],
    [['job', 'lst'], "unknown command 'lst'", 'did you mean list?'],
    [['status', '--jsno'], "unknown option '--jsno'", 'did you mean --json?'],
    [
      ['job', 'list', '--status', 'faild'],
      "option '--status <status>' argument 'faild' is invalid. Allowed choices are queued, running, succeeded, failed, dead, cancelled.",
      'did you mean failed?',
    ],
    [['frobnicate'], "unknown command 'frobnicate'", 'see `ductile --help`'],
    [['run'], "missing required argument 'instance'", 'see `ductile run --help`'],
    [['job', 'show'], "missing required argument 'id'", 'see `ductile job show --help`'],
    [['run', 'x', '--timeout'], "option '--timeout <duration>' argument missing", 'see `ductile run --help`'],
    [
      ['status', 'a'],
      "too many arguments for 'status'. Expected 0 arguments but got 1.",
      'see `ductile status --help`',
    ],
  ] as const) {
    it(`ductile ${words.join(' ')} ends with 2, says what is wrong and what to do`, async () => {
      assert.deepEqual(await say(...words), { code: 2, out: '', err: `error usage ${message}\n  → ${hint}\n` });
      if (words.at(-1) === '--timeout') return;
      const { code, out, err } = await say(...words, '--json');
      assert.deepEqual([code, out], [2, '']);
      assert.deepEqual(JSON.parse(err), { error: { code: 'usage', message, hint, location: null } });
    });
  }
});

describe('help', () => {
  it('goes to standard output and ends with 0, asked for or not', async () => {
    for (const words of [[], ['--help'], ['help'], ['job'], ['job', '--help'], ['help', 'run'], ['--version']]) {
      const { code, out, err } = await say(...words);
      assert.deepEqual([code, err], [0, ''], words.join(' '));
      assert.match(out, words[0] === '--version' ? /^\d+\.\d+\.\d+\n$/ : /^Usage: ductile/);
    }
  });

  for (const command of leaves(buildProgram(fakeIo(), () => async () => {}))) {
    const names: string[] = [];
    for (let at: Command | null = command; at?.parent; at = at.parent) names.unshift(at.name());
    it(`of ${names.join(' ')} says what it does, with the common options and an example that fits`, async () => {
      const { out } = await say(...names, '--help');
      assert.notEqual(command.description(), '');
      assert.match(out, /--config <file>/);
      assert.match(out, /--json/);
      assert.match(out, new RegExp(`Example:\\n {2}\\$ ductile ${names.join(' ')}( |\\n)`));
    });
  }

  it('is laid out for the terminal', async () => {
    const io = fakeIo({ terminal: { columns: 70 } });
    await runCli(['run', '--help'], io);
    assert.ok(io.stdout.text.split('\n').every((line) => line.length <= 80));
  });
});

it('common options may stand before or after the command', async () => {
  for (const words of [
    ['--config', '/no/such.yaml', 'status', '--json'],
    ['status', '--json', '-c', '/no/such.yaml'],
    ['--json', 'job', '-c', '/no/such.yaml', 'list'],
  ]) {
    const { code, out, err } = await say(...words);
    assert.deepEqual([code, out], [78, '']);
    const { error } = JSON.parse(err);
    assert.equal(error.code, 'config_not_found');
    assert.match(error.message, /\/no\/such\.yaml/);
  }
});
