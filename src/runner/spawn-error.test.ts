import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fixture } from '../../test/runner/harness.ts';
import { explainMissingInterpreter, explainSpawnError } from './spawn-error.ts';

const where = (name: string) => ({ program: fixture(name), cwd: '/', path: '/usr/bin:/bin' });

it('says what to do about every refusal of the system', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['ENOENT', /^the loader that .*\/no-first-line\.sh needs was not found/],
    ['ENOTDIR', /not a directory$/],
    ['EACCES', /chmod \+x/],
    ['ENOEXEC', /neither a program for this machine nor a script/],
    ['ELOOP', /chain of links/],
    ['E2BIG', /pass large data on stdin$/],
    ['ETXTBSY', /still open for writing/],
    ['EAGAIN', /ulimit -u/],
    ['ENOMEM', /not enough memory/],
    ['EMFILE', /ulimit -n/],
    ['ENFILE', /ulimit -n/],
    ['EIO', /could not be started: EIO$/],
  ];
  for (const [code, message] of cases) assert.match(explainSpawnError(code, where('no-first-line.sh')), message);
});

it('explains a missing interpreter only when that is what is missing', () => {
  assert.match(
    explainMissingInterpreter(where('no-such-command.sh')) ?? '',
    /no-such-interpreter was not found on PATH/,
  );
  for (const program of ['opens-streams-by-name.sh', 'no-such-interpreter.sh', 'no-first-line.sh']) {
    assert.equal(explainMissingInterpreter(where(program)), null, program);
  }
});
