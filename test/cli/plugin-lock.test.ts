import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { site } from './site.ts';

const CONFIG = `
service: { state_dir: ./state, verify_plugins: locked }
api: { listen: none }
plugins:
  greet:
  again: { uses: greet }
  list: { uses: exec, config: { shell: "true" } }
`;

describe('ductile plugin lock', () => {
  it('records the plugins in use by relative paths, whole or not at all', async (t) => {
    const s = site(t, CONFIG);
    const answer = await s.json(0, 'plugin', 'lock');
    assert.deepEqual(answer, {
      lock: join(s.dir, 'ductile.lock'),
      plugins: [{ plugin: 'greet', directory: join(s.dir, 'plugins/greet'), files: 2 }],
    });
    const lock = JSON.parse(readFileSync(answer.lock, 'utf8'));
    assert.deepEqual(Object.keys(lock), ['lock', 'plugins']);
    assert.deepEqual(
      lock.plugins.map(({ directory, files }: { directory: string; files: object }) => [directory, Object.keys(files)]),
      [['plugins/greet', ['greet.sh', 'manifest.yaml']]],
    );
    assert.ok(!existsSync(join(s.dir, 'ductile.lock.new')));
    const { out } = await s.say('plugin', 'lock');
    assert.equal(out, '✓ ductile.lock\n    greet: 2 files\n');
    assert.equal((await s.say('check')).code, 0);
  });

  it('keeps the old lock when the folder does not take a new one', { skip: process.getuid?.() === 0 }, async (t) => {
    const s = site(t, CONFIG);
    await s.say('plugin', 'lock');
    const before = readFileSync(join(s.dir, 'ductile.lock'), 'utf8');
    appendFileSync(join(s.dir, 'plugins/greet/greet.sh'), '#\n');
    chmodSync(s.dir, 0o555);
    const error = await s.error(1, 'plugin', 'lock');
    chmodSync(s.dir, 0o755);
    assert.equal(error.code, 'permission_denied');
    assert.equal(readFileSync(join(s.dir, 'ductile.lock'), 'utf8'), before);
  });
});

describe('ductile plugin verify', () => {
  it('lists what differs from the lock and ends with 1', async (t) => {
    const s = site(t, CONFIG);
    assert.equal((await s.error(1, 'plugin', 'verify')).code, 'not_found');
    await s.say('plugin', 'lock');
    assert.deepEqual((await s.say('plugin', 'verify')).out, '✓ greet\n');
    appendFileSync(join(s.dir, 'plugins/greet/greet.sh'), '# more\n');
    writeFileSync(join(s.dir, 'plugins/greet/new.sh'), '');
    const { code, out } = await s.say('plugin', 'verify');
    assert.deepEqual([code, out], [1, '✗ greet\n    changed greet.sh\n    added   new.sh\n']);
    const { ok, plugins } = await s.json(1, 'plugin', 'verify');
    assert.equal(ok, false);
    assert.deepEqual(
      [plugins[0].plugin, plugins[0].locked, plugins[0].changed, plugins[0].missing, plugins[0].extra],
      ['greet', true, ['greet.sh'], [], ['new.sh']],
    );
  });

  it('names a plugin that came into use since', async (t) => {
    const s = site(t, CONFIG);
    await s.say('plugin', 'lock');
    appendFileSync(join(s.dir, 'ductile.yaml'), '  echo:\n');
    const { code, out } = await s.say('plugin', 'verify');
    assert.deepEqual([code, out], [1, '✗ echo: not in the lock\n✓ greet\n']);
  });

  it('refuses a lock that it cannot read', async (t) => {
    const s = site(t, CONFIG);
    for (const text of ['', '{}', '{"lock": 2, "plugins": []}', '{"lock": 1, "plugins": [5]}']) {
      writeFileSync(join(s.dir, 'ductile.lock'), text);
      assert.match((await s.error(1, 'plugin', 'verify')).message, /it is not a lock of this version/);
    }
    await s.say('plugin', 'lock');
    chmodSync(join(s.dir, 'ductile.lock'), 0o666);
    assert.match((await s.error(1, 'plugin', 'verify')).message, /it is writable by everyone/);
  });
});

describe('service.verify_plugins: locked', () => {
  it('is an error as long as there is no lock, or a plugin differs from it', async (t) => {
    const s = site(t, CONFIG);
    const found = async () =>
      (await s.json(78, 'check')).problems.map(
        ({ code, location, message }: { code: string; location: { line: number; column: number }; message: string }) =>
          `${code} ${location.line}:${location.column} ${message.replaceAll(s.dir, '~')}`,
      );
    assert.deepEqual(await found(), [
      'plugin_untrusted 2:48 service.verify_plugins: plugins are held to ~/ductile.lock, which cannot be read: it does not exist',
    ]);
    await s.say('plugin', 'lock');
    appendFileSync(join(s.dir, 'plugins/greet/greet.sh'), '# more\n');
    assert.deepEqual(await found(), [
      'plugin_untrusted 5:3 the plugin "greet" is not trusted: greet.sh was changed since `ductile plugin lock`; look at it, then lock it again',
      'plugin_untrusted 6:3 the plugin "greet" is not trusted: greet.sh was changed since `ductile plugin lock`; look at it, then lock it again',
    ]);
    appendFileSync(join(s.dir, 'ductile.yaml'), '  echo:\n');
    assert.match((await found()).at(-1) ?? '', /8:3 the plugin "echo" is not trusted: it is not in ductile\.lock/);
  });

  it('does not run a plugin that was changed while the gateway runs', async (t) => {
    const s = site(t, CONFIG);
    await s.say('plugin', 'lock');
    const gateway = await s.start();
    assert.equal((await s.say('run', 'greet', '--wait')).code, 0);
    appendFileSync(join(s.dir, 'plugins/greet/greet.sh'), `touch ${join(s.dir, 'ran')}\n`);
    const job = await s.json(1, 'run', 'greet', '--wait');
    assert.deepEqual([job.status, job.last_error.code], ['failed', 'plugin_untrusted']);
    assert.match(job.last_error.message, /greet\.sh was changed since `ductile plugin lock`/);
    assert.ok(!existsSync(join(s.dir, 'ran')));
    rmSync(join(s.dir, 'ductile.lock'));
    await gateway.stop();
  });
});
