import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { OperatorError } from '../domain/errors.ts';
import { prepareSocketDir, socketPathOf } from './socket-path.ts';

const LONG = `/var/lib/${'x'.repeat(100)}`;
const before = process.env['TMPDIR'];
let fallback = '';

beforeEach(() => {
  process.env['TMPDIR'] = mkdtempSync(join(tmpdir(), 'ductile-socket-'));
  fallback = join(tmpdir(), `ductile-${userInfo().uid}`);
});

afterEach(() => {
  rmSync(dirname(fallback), { recursive: true });
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
});

function refused(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'storage_refused';
}

test('the socket lies in the state directory', () => {
  assert.equal(socketPathOf('/var/lib/ductile'), '/var/lib/ductile/ductile.sock');
  prepareSocketDir('/var/lib/ductile/ductile.sock');
  assert.equal(existsSync(fallback), false);
});

test('a path that is too long for a socket gives way to one in the temporary folder, which only listening makes', () => {
  const path = socketPathOf(LONG);
  assert.equal(dirname(path), fallback);
  assert.notEqual(path, socketPathOf(`${LONG}y`));
  assert.equal(existsSync(fallback), false);
  prepareSocketDir(path);
  assert.equal(statSync(fallback).mode & 0o777, 0o700);
  assert.equal(socketPathOf(LONG), path);
});

test('a folder there that is a link, or open to others, is refused', () => {
  const path = socketPathOf(LONG);
  const own = join(dirname(fallback), 'own');
  mkdirSync(own, { mode: 0o700 });
  symlinkSync(own, fallback);
  assert.throws(() => socketPathOf(LONG), refused);
  assert.throws(() => prepareSocketDir(path), refused);
  rmSync(fallback);
  mkdirSync(fallback);
  chmodSync(fallback, 0o755);
  assert.throws(() => socketPathOf(LONG), refused);
  assert.throws(() => prepareSocketDir(path), refused);
});
