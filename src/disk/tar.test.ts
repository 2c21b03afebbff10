import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ArchivedFile, isArchivable, readTar, writeTar } from './tar.ts';

const AT = Date.UTC(2026, 10, 23);

function fileOf(path: string, text = 'x', executable = false): ArchivedFile {
  return { path, executable, bytes: Buffer.from(text) };
}

/** An archive with some bytes of its first header changed, its checksum made right again. */
function changed(at: number, text: string, file = fileOf('plugin/name')): Buffer {
  const archive = Buffer.from(writeTar([file], AT));
  archive.write(text, at, 'latin1');
  archive.write('        ', 148);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return archive;
}

function reasonOf(archive: Uint8Array): string {
  const read = readTar(archive);
  return read.ok ? 'it was read' : read.reason;
}

test('what is written is read back, byte for byte', () => {
  const part = fc.stringMatching(/^[a-zé._-]{1,40}$/).filter((one) => one !== '.' && one !== '..');
  const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
  const file = fc.record({ path, executable: fc.boolean(), bytes: fc.uint8Array({ maxLength: 1_500 }) });
  fc.assert(
    fc.property(fc.uniqueArray(file, { selector: (one) => one.path, maxLength: 5 }), (files) => {
      const kept = files.filter((one) => isArchivable(one.path));
      const read = readTar(writeTar(kept, AT));
      assert.ok(read.ok);
      assert.deepEqual(
        read.files.map((one) => ({ ...one, bytes: Buffer.from(one.bytes) })),
        kept.map((one) => ({ ...one, bytes: Buffer.from(one.bytes) })),
      );
    }),
  );
});

test('tar unpacks it, and what tar packs as ustar is read', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-tar-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const long = `${'d'.repeat(90)}/${'f'.repeat(90)}`;
  writeFileSync(join(dir, 'one.tar'), writeTar([fileOf('a/run', '#!/bin/sh\n', true), fileOf(long, 'y')], AT));
  execFileSync('tar', ['-xf', 'one.tar', '-C', dir], { cwd: dir });
  assert.equal(readFileSync(join(dir, long), 'utf8'), 'y');
  assert.equal(statSync(join(dir, 'a/run')).mode & 0o777, 0o755);
  execFileSync('tar', ['--format=ustar', '-cf', 'two.tar', './a', `./${long}`], { cwd: dir });
  const read = readTar(readFileSync(join(dir, 'two.tar')));
  assert.deepEqual(read.ok && read.files.map(({ path, executable }) => [path, executable]), [
    ['a/run', true],
    [long, false],
  ]);
});

test('a path that leads out, or is too long, is not written', () => {
  for (const path of [
    '../a',
    'a/../b',
    '/a',
    'a//b',
    '',
    '.',
    './a',
    'a/',
    'a\0b',
    'x'.repeat(101),
    `${'d/'.repeat(90)}x${'y'.repeat(99)}`,
  ]) {
    assert.equal(isArchivable(path), false, path);
    assert.throws(() => writeTar([fileOf(path)], AT), TypeError);
  }
});

test('an archive that is not what it should be is refused whole', () => {
  const good = writeTar([fileOf('a', 'x'.repeat(600))], AT);
  assert.match(reasonOf(Buffer.from('hello')), /its end is missing/);
  assert.match(reasonOf(Buffer.alloc(512, 'x')), /no ustar archive/);
  assert.match(reasonOf(good.subarray(0, 700)), /it ends within "a"/);
  assert.match(reasonOf(good.subarray(0, 512 * 3)), /its end is missing/);
  assert.match(reasonOf(changed(0, 'plugin/../..')), /"plugin\/\.\.\/\.\." *, which would lead out/);
  assert.match(reasonOf(changed(0, '/etc/passwd')), /would lead out/);
  assert.match(reasonOf(changed(345, '..')), /"\.\.\/plugin\/name", which would lead out/);
  for (const type of ['1', '2', '3', '6', 'x', 'L'])
    assert.match(reasonOf(changed(156, type)), /neither a file nor a directory/);
  assert.match(reasonOf(changed(124, '77777777777\0')), /it ends within/);
  assert.match(reasonOf(changed(124, '-0000000001\0')), /is damaged/);
  assert.match(reasonOf(changed(124, '\x80\0\0\0\0\0\0\0\0\0\0\x01')), /is damaged/);
  const flipped = Buffer.from(good);
  flipped[0] = 98;
  assert.match(reasonOf(flipped), /checksum/);
  assert.match(reasonOf(writeTar([fileOf('a'), fileOf('a')], AT)), /holds "a" twice/);
  const many = Array.from({ length: 5_001 }, (_, n) => fileOf(`f${n}`, ''));
  assert.match(reasonOf(writeTar(many, AT)), /more than 5000 files/);
});

test('whatever the bytes, reading ends', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_048 }), fc.nat(1_023), (noise, at) => {
      const archive = Buffer.from(writeTar([fileOf('plugin/a', 'text')], AT));
      archive.set(noise.subarray(0, archive.length - at), at);
      const read = readTar(archive);
      if (read.ok) assert.ok(read.files.every(({ path }) => isArchivable(path)));
    }),
  );
});
