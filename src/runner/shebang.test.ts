import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fixture } from '../../test/runner/harness.ts';
import { commandOfEnv, readShebang } from './shebang.ts';

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
