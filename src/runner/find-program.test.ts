import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fixture } from '../../test/runner/harness.ts';
import { findProgram } from './find-program.ts';
import { commandOfEnv, readShebang } from './shebang.ts';

const PROGRAMS = fixture('').slice(0, -1);

it('finds executable files on PATH, in its order', () => {
  const where = (path: string | undefined): { path: string | undefined; cwd: string } => ({ path, cwd: '/' });
  assert.equal(findProgram('drips.py', where(`/no/such/dir:${PROGRAMS}`)), fixture('drips.py'));
  assert.equal(findProgram('not-executable.sh', where(PROGRAMS)), null);
  assert.equal(findProgram('programs', where(`${PROGRAMS}/..`)), null);
  assert.equal(findProgram('', where(PROGRAMS)), null);
  assert.ok(findProgram('sh', where(undefined))?.endsWith('/sh'));
});

it('takes a name with a slash as a path from the working directory', () => {
  const where = { path: '/bin', cwd: '/srv/x' };
  assert.equal(findProgram('./tool', where), '/srv/x/tool');
  assert.equal(findProgram('/opt/tool', where), '/opt/tool');
});

it('reads the first line of scripts', () => {
  assert.equal(readShebang(fixture('answers.py')), '/usr/bin/env python3');
  assert.equal(readShebang(fixture('carriage-returns.sh')), '/bin/sh\r');
  assert.equal(readShebang(fixture('no-first-line.sh')), null);
  assert.equal(readShebang(fixture('missing')), null);
});

it('tells which command env will look for', () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ['/usr/bin/env python3', 'python3'],
    [' /usr/bin/env -S node --no-warnings', 'node'],
    ['/usr/bin/env A=b ruby', 'ruby'],
    ['/usr/bin/env', null],
    ['/bin/bash -e', null],
    ['', null],
  ];
  for (const [line, command] of cases) assert.equal(commandOfEnv(line), command, line);
});
