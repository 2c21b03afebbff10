import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { OperatorError } from '../domain/errors.ts';
import { resolveStateDir } from './resolve-state-dir.ts';
import { openToUsers, prepareStateDir } from './state-dir.ts';
import { instanceDir, removeWorkspace, workspaceFor } from './workspace.ts';

function temporary(): string {
  return mkdtempSync(join(tmpdir(), 'ductile-state-'));
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

function assertRefused(dir: string): void {
  assert.throws(
    () => prepareStateDir(dir),
    (error) => error instanceof OperatorError && error.code === 'storage_refused',
  );
}

describe('the state directory', () => {
  it('is made for this user alone', () => {
    const dir = join(temporary(), 'a', 'b');
    prepareStateDir(dir);
    assert.equal(modeOf(dir), 0o700);
  });

  it('is closed to others when it is empty or was ours before', () => {
    const dir = temporary();
    chmodSync(dir, 0o777);
    prepareStateDir(dir);
    assert.equal(modeOf(dir), 0o700);
    writeFileSync(join(dir, 'lock.db'), '');
    chmodSync(dir, 0o755);
    prepareStateDir(dir);
    assert.equal(modeOf(dir), 0o700);
  });

  it('lets users through to what is theirs when some instance runs as another one, and is closed again without', () => {
    const dir = join(temporary(), 's');
    prepareStateDir(dir);
    openToUsers(dir);
    for (const path of [dir, join(dir, 'instances'), join(dir, 'work')]) assert.equal(modeOf(path), 0o711, path);
    assert.equal(modeOf(instanceDir(dir, 'a')), 0o700);
    writeFileSync(join(dir, 'lock.db'), '');
    prepareStateDir(dir);
    assert.equal(modeOf(dir), 0o700);
  });

  it('is refused when it holds other things that others may see', () => {
    const dir = temporary();
    writeFileSync(join(dir, 'letter.txt'), '');
    chmodSync(dir, 0o755);
    assertRefused(dir);
    assert.equal(modeOf(dir), 0o755);
    chmodSync(dir, 0o775);
    assertRefused(dir);
  });

  it('is refused when it is a file', () => {
    const file = join(temporary(), 'file');
    writeFileSync(file, '');
    assertRefused(file);
  });

  it('is where the configuration says, else the user keeps state', () => {
    const directory = '/etc/ductile';
    assert.equal(resolveStateDir('state', { directory, env: {} }), '/etc/ductile/state');
    assert.equal(resolveStateDir('/var/x', { directory, env: {} }), '/var/x');
    assert.equal(resolveStateDir(undefined, { directory, env: { XDG_STATE_HOME: '/s', HOME: '/h' } }), '/s/ductile');
    assert.equal(
      resolveStateDir(undefined, { directory, env: { XDG_STATE_HOME: 's', HOME: '/h' } }),
      '/h/.local/state/ductile',
    );
    assert.match(resolveStateDir(undefined, { directory, env: {} }), /\/\.local\/state\/ductile$/);
  });
});

describe('a workspace', () => {
  it('is made once per lineage, kept, and removed with everything in it', async () => {
    const dir = temporary();
    const path = workspaceFor(dir, '0197-a');
    writeFileSync(join(path, 'blob'), 'x');
    mkdirSync(join(path, 'sub'));
    assert.equal(workspaceFor(dir, '0197-a'), path);
    assert.equal(modeOf(path), 0o700);
    assert.ok(existsSync(join(path, 'blob')));
    await removeWorkspace(dir, '0197-a');
    await removeWorkspace(dir, '0197-a');
    assert.equal(existsSync(path), false);
  });

  it('is never anywhere else', () => {
    const dir = temporary();
    for (const id of ['..', '.', '', 'a/b', '../x', '-rf'])
      assert.throws(() => removeWorkspace(dir, id), TypeError, id);
    assert.equal(instanceDir(dir, 'backup'), join(dir, 'instances', 'backup'));
  });
});
