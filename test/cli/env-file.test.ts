import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { site } from './site.ts';

const CONFIG = `service: { name: "\${NAME}", state_dir: ./state }
plugins: { a: { uses: exec, config: { shell: "echo \${TOKEN}" } } }
`;

describe('--env-file', () => {
  it('gives the configuration its variables; the later file wins, and the process itself over both', async (t) => {
    const s = site(t, CONFIG, { 'one.env': 'NAME=first\nTOKEN="a token of one"\n', 'two.env': 'NAME=second # ours\n' });
    for (const file of ['one.env', 'two.env']) chmodSync(join(s.dir, file), 0o600);
    const files = ['--env-file', 'one.env', '--env-file', 'two.env'];
    assert.equal((await s.json(78, 'check')).problems.length, 2);
    assert.deepEqual((await s.json(0, 'check', ...files)).problems, []);
    assert.equal((await s.json(0, 'status', ...files)).name, 'second');
    const { code, out } = await s.sayWith({ env: { NAME: 'own' } }, 'status', '--json', ...files);
    assert.deepEqual([code, JSON.parse(out).name], [0, 'own']);
  });

  it('warns when everyone may read it, and refuses what everyone may write or nobody can read', async (t) => {
    const s = site(t, CONFIG, { 'my.env': 'NAME=home\nTOKEN=t\n' });
    chmodSync(join(s.dir, 'my.env'), 0o644);
    const { problems } = await s.json(0, 'check', '--env-file', 'my.env');
    assert.deepEqual(
      problems.map(({ severity, code }: { severity: string; code: string }) => [severity, code]),
      [['warning', 'secret_file_unsafe']],
    );
    await s.json(78, 'check', '--strict', '--env-file', 'my.env');
    chmodSync(join(s.dir, 'my.env'), 0o646);
    assert.equal((await s.error(78, 'check', '--env-file', 'my.env')).code, 'env_file_refused');
    assert.match((await s.error(78, 'check', '--env-file', 'gone.env')).message, /gone\.env.* does not exist/);
  });
});
