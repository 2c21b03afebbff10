import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { completeWords } from '../../src/cli/complete-words.ts';
import { buildProgram } from '../../src/cli/run-cli.ts';
import { fakeIo } from './fake-io.ts';
import { site } from './site.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

describe('what may stand at the cursor', () => {
  const program = buildProgram(fakeIo(), () => async () => {});
  for (const [typed, words, names] of [
    [['sta'], ['start', 'status'], null],
    [['job', 'ca'], ['cancel'], null],
    [['job', 'list', '--st'], ['--status'], null],
    [['job', 'list', '--status', 'd'], ['dead'], null],
    [['job', 'list', '--js'], ['--json'], null],
    [['job', 'list', '--instance', ''], [], 'instance'],
    [['job', 'list', '--limit', ''], [], null],
    [['--json', 'job', 'list', '--status', 'que'], ['queued'], null],
    [['-c', 'job', 'event', 'sh'], ['show'], null],
    [['job', 'show', ''], [], 'job'],
    [['job', 'show', 'x', ''], [], null],
    [['webhook', 'show', ''], [], 'delivery'],
    [['webhook', 'sign', ''], [], 'webhook'],
    [['run', ''], [], 'instance'],
    [['schedule', 'run', ''], [], 'schedule'],
    [['decision', 'list', '--route', ''], [], 'route'],
    [['secret', 'who-saw', ''], [], 'secret'],
    [['config', 'diff', 'x', ''], [], 'version'],
    [['completion', 'z'], ['zsh'], null],
    [['frobnicate', ''], [], null],
  ] as const) {
    it(`after "ductile ${typed.join(' ')}" is ${names === null ? words.join(', ') || 'nothing' : `the name of: ${names}`}`, () => {
      const completion = completeWords(program, typed);
      if (typed[0] === 'frobnicate') return assert.ok(completion.candidates.length > 0);
      assert.deepEqual([completion.candidates.map(({ word }) => word), completion.names], [words, names]);
    });
  }
});

describe('ductile completion', () => {
  it('words knows names from the configuration and ids from the database, and is silent where it knows none', async (t) => {
    const own = site(t);
    const { job_id: id } = await own.json(0, 'run', 'echo');
    assert.equal((await own.say('completion', 'words', '--', 'run', 'ec')).out, 'echo\techo\n');
    assert.equal((await own.say('completion', 'words', '--', 'job', 'show', '')).out, `${id}\techo\n`);
    assert.match((await own.say('completion', 'words', '--', 'schedule', 'pause', '')).out, /^greet\/yearly\n$/);
    assert.match(
      (await own.say('completion', 'words', '--', 'decision', 'list', '--route', '')).out,
      /^greeted\tgreet\.done\n/,
    );
    assert.match((await own.say('completion', 'words', '--', 'config', 'h')).out, /^history\tthe versions/);
    const file = join(own.dir, 'ductile.yaml');
    const elsewhere = { cwd: '/' };
    assert.equal(
      (await own.sayWith(elsewhere, 'completion', 'words', '--', '-c', file, 'run', 'fl')).out,
      'flaky\texec\n',
    );
    assert.deepEqual(await own.sayWith(elsewhere, 'completion', 'words', '--', 'run', ''), {
      code: 0,
      out: '',
      err: '',
    });
  });

  it('refuses other shells', async (t) => {
    const { code, err } = await site(t).say('completion', 'tcsh');
    assert.equal(code, 2);
    assert.match(err, /Allowed choices are bash, zsh, fish, words/);
  });

  it('works in bash', async (t) => {
    const own = site(t);
    const shim = join(own.dir, 'ductile');
    writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
    chmodSync(shim, 0o755);
    const { out: script } = await own.say('completion', 'bash');
    const complete = (...words: readonly string[]): readonly string[] => {
      const asked = `${script}
COMP_WORDS=(ductile ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
_ductile ductile; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p ductile >&2`;
      const env = { ...process.env, PATH: `${own.dir}:${process.env['PATH']}` };
      const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', asked], { cwd: own.dir, env, encoding: 'utf8' });
      assert.match(stderr, /^complete .*-F _ductile ductile$/m);
      return stdout.trimEnd().split('\n');
    };
    assert.deepEqual(complete('job', 'list', '--status', 'd'), ['dead']);
    assert.deepEqual(complete('run', 'gr'), ['greet']);
    assert.ok(complete('').includes('status'));
  });

  for (const shell of ['zsh', 'fish'] as const) {
    it(`gives ${shell} a script without a fault`, async (t) => {
      const { out } = await site(t).say('completion', shell);
      const checked = spawnSync(shell, ['-n'], { input: out, encoding: 'utf8' });
      if (checked.error !== undefined) return t.skip(`${shell} is not installed`);
      assert.deepEqual([checked.status, checked.stderr], [0, '']);
    });
  }
});
