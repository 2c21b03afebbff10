import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { OperatorError } from '../domain/errors.ts';
import { acquireLock, refuseIfHeld } from './lock.ts';

const INFO = { pid: 4_711, startedAt: 0 };

function temporary(): string {
  return mkdtempSync(join(tmpdir(), 'ductile-lock-'));
}

function assertHeld(dir: string, message: RegExp): void {
  assert.throws(
    () => acquireLock(dir, INFO),
    (error) =>
      error instanceof OperatorError &&
      error.code === 'already_running' &&
      error.exitCode === 1 &&
      message.test(error.message),
  );
}

describe('the lock of a state directory', () => {
  it('is held once, and names its holder', () => {
    const dir = temporary();
    const lock = acquireLock(dir, INFO);
    assertHeld(dir, /^process 4711 holds \//);
    rmSync(join(dir, 'lock.json'));
    assertHeld(dir, /^another process holds/);
    lock.release();
  });

  it('is not taken by looking whether it is held, nor is anything made', () => {
    const dir = temporary();
    refuseIfHeld(join(dir, 'gone'));
    assert.deepEqual(readdirSync(dir), []);
    acquireLock(dir, INFO).release();
    refuseIfHeld(dir);
    refuseIfHeld(dir);
    const lock = acquireLock(dir, INFO);
    assert.throws(() => refuseIfHeld(dir), {
      code: 'already_running',
      message: new RegExp(`^process ${INFO.pid} holds`),
    });
    lock.release();
  });

  it('can be taken again after it was released, once or twice', () => {
    const dir = temporary();
    const lock = acquireLock(dir, INFO);
    lock.release();
    lock.release();
    assert.equal(existsSync(join(dir, 'lock.json')), false);
    acquireLock(dir, INFO).release();
  });

  it('is for this user only', () => {
    const dir = temporary();
    const lock = acquireLock(dir, INFO);
    for (const name of ['lock.db', 'lock.json']) assert.equal(statSync(join(dir, name)).mode & 0o077, 0, name);
    lock.release();
  });

  it('is held also when nobody can be told by whom, and can be released then', () => {
    const dir = temporary();
    for (const name of ['lock.json', 'lock.json.new']) mkdirSync(join(dir, name));
    const lock = acquireLock(dir, INFO);
    assertHeld(dir, /^another process holds/);
    lock.release();
    acquireLock(dir, INFO).release();
  });

  it('says that the storage failed when it cannot be taken at all', () => {
    const inTheWay = temporary();
    mkdirSync(join(inTheWay, 'lock.db'));
    const damaged = temporary();
    writeFileSync(join(damaged, 'lock.db'), 'this is not a database'.repeat(100));
    const file = join(temporary(), 'file');
    writeFileSync(file, '');
    for (const dir of [inTheWay, damaged, file]) {
      assert.throws(() => acquireLock(dir, INFO), { code: 'storage_unavailable' }, dir);
    }
  });

  it('ends with its process, however that ends, and no earlier', async (t) => {
    const dir = temporary();
    const script = `import { acquireLock, refuseIfHeld } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
      acquireLock(${JSON.stringify(dir)}, { pid: process.pid, startedAt: 0 });
      // The lock outlives every reference to it.
      gc(); gc(); setImmediate(() => { gc(); console.log('held'); }); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--expose-gc', '--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    assertHeld(dir, new RegExp(`^process ${child.pid} holds`));
    child.kill('SIGKILL');
    await once(child, 'exit');
    acquireLock(dir, INFO).release();
  });
});
