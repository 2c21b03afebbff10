import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pluginFiles } from './plugin-files.ts';

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-files-'));
  t.after(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, 'plugin/lib'), { recursive: true });
  return dir;
}

test('everything in a plugin is taken along, links as what they lead to, and what is left out has its reason', (t) => {
  const dir = folder(t);
  const plugin = join(dir, 'plugin');
  writeFileSync(join(dir, 'outside'), 'secret');
  writeFileSync(join(plugin, 'run'), '#!');
  chmodSync(join(plugin, 'run'), 0o755);
  writeFileSync(join(plugin, 'lib/a.py'), 'a');
  for (const name of ['__pycache__', '.git']) {
    mkdirSync(join(plugin, name));
    writeFileSync(join(plugin, name, 'x'), 'x');
  }
  symlinkSync('lib/a.py', join(plugin, 'inside'));
  symlinkSync('../outside', join(plugin, 'out'));
  symlinkSync('nowhere', join(plugin, 'dangling'));
  symlinkSync('lib', join(plugin, 'lib-again'));
  writeFileSync(join(plugin, 'n'.repeat(120)), '');
  const { files, omitted } = pluginFiles(plugin);
  assert.deepEqual(
    files.map(({ path, executable, bytes }) => [path, executable, Buffer.from(bytes).toString()]),
    [
      ['inside', false, 'a'],
      ['lib/a.py', false, 'a'],
      ['run', true, '#!'],
    ],
  );
  assert.deepEqual(
    omitted.map(({ path, reason }) => `${path.slice(0, 9)}: ${reason}`),
    [
      'dangling: it is a link that leads out of the plugin',
      'lib-again: it is not a regular file',
      'nnnnnnnnn: its name is too long',
      'out: it is a link that leads out of the plugin',
    ],
  );
});

test('a plugin that is too large is refused whole', (t) => {
  const dir = folder(t);
  const plugin = join(dir, 'plugin');
  writeFileSync(join(plugin, 'a'), Buffer.alloc(9 * 1_048_576));
  writeFileSync(join(plugin, 'b'), Buffer.alloc(9 * 1_048_576));
  assert.throws(() => pluginFiles(plugin), /more than 16 MiB/);
  for (const name of ['a', 'b']) rmSync(join(plugin, name));
  for (let n = 0; n < 2_001; n += 1) writeFileSync(join(plugin, `f${n}`), '');
  assert.throws(() => pluginFiles(plugin), /more than 2000 files/);
});
