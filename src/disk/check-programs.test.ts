import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { makeConfigFolder } from '../../test/fixtures/config/plugins.ts';
import { loadSnapshot } from './build-snapshot.ts';

const folder = makeConfigFolder();
const file = join(folder, 'ductile.yaml');
const bin = join(folder, 'bin');
mkdirSync(bin);
writeFileSync(join(bin, 'backup'), '#!/bin/sh\n');
chmodSync(join(bin, 'backup'), 0o755);
writeFileSync(join(bin, 'plain'), '#!/bin/sh\n');

/** What is said of one `exec` instance, without its name and the folder. */
function saidOf(instance: string, path: string | undefined = '/usr/bin:/bin'): readonly string[] {
  writeFileSync(file, `plugins:\n  it: { uses: exec, ${instance} }\n`);
  const { warnings } = loadSnapshot({ file, env: { HOME: folder, PATH: path } });
  const told = warnings.filter(({ code }) => code === 'program_missing');
  return told.map(({ code, location, message, hint }) =>
    `${code} ${location?.line}:${location?.column} ${message} | ${hint}`.replaceAll(folder, '~'),
  );
}

const WHERE = 'Mend the path, or put the program there; a relative one starts at the folder of this file.';

it('a command that could start is not spoken of', () => {
  for (const argv of ['sh', '/bin/sh', './bin/backup', `${bin}/backup`]) {
    assert.deepEqual(saidOf(`config: { argv: [${argv}] }`), [], argv);
  }
  assert.deepEqual(saidOf('config: { shell: no-such-program }'), []);
  assert.deepEqual(saidOf(`env: { PATH: ${bin} }, config: { argv: [backup] }`), []);
  assert.deepEqual(saidOf(`config: { argv: [backup], env: { PATH: ${bin} } }`), []);
  assert.deepEqual(saidOf('enabled: false, config: { argv: [/no/such/program] }'), []);
});

it('a command that would not start is told of where it stands', () => {
  const told = (argv: string): readonly string[] => saidOf(`config: { argv: [${argv}] }`);
  assert.deepEqual(told('/no/such/program, --all'), [
    `program_missing 2:38 it would not start: /no/such/program does not exist | ${WHERE}`,
  ]);
  assert.deepEqual(told('./bin/plain'), [
    `program_missing 2:38 it would not start: ~/bin/plain is not executable; chmod +x it | ${WHERE}`,
  ]);
  assert.deepEqual(told('./bin'), [`program_missing 2:38 it would not start: ~/bin is not a file | ${WHERE}`]);
  assert.deepEqual(told('backup'), [
    "program_missing 2:38 it would not start: backup is not on PATH (/usr/bin:/bin) | Give its full path, or set PATH in the instance's `env`.",
  ]);
});
