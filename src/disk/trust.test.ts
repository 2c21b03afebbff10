import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { inspectPlugin, rootWarning } from './trust.ts';

const top = mkdtempSync(join(tmpdir(), 'ductile-trust-'));
const root = join(top, 'plugins');
const dir = join(root, 'p');
const entrypoint = join(dir, 'bin', 'run.sh');
const program = { kind: 'plugin', root, dir, entrypoint } as const;

describe('a plugin', () => {
  beforeEach(() => {
    rmSync(root, { recursive: true, force: true });
    mkdirSync(join(dir, 'bin'), { recursive: true });
    writeFileSync(join(dir, 'manifest.yaml'), '');
    writeFileSync(entrypoint, '#!/bin/sh\n');
    for (const path of [root, dir, join(dir, 'bin'), entrypoint]) chmodSync(path, 0o755);
    chmodSync(join(dir, 'manifest.yaml'), 0o644);
  });

  it('that only its owner may change is trusted', () => {
    assert.deepEqual(inspectPlugin(program, { strict: true }), { reason: null, warnings: [], owner: null });
  });

  for (const part of ['.', 'p', 'p/bin', 'p/bin/run.sh', 'p/manifest.yaml']) {
    it(`is refused when everyone may change ${part}`, () => {
      chmodSync(join(root, part), 0o757);
      assert.match(inspectPlugin(program).reason ?? '', /writable by everyone/);
    });
  }

  it('is refused when its entrypoint is missing, a directory, or not executable', () => {
    chmodSync(entrypoint, 0o644);
    assert.match(inspectPlugin(program).reason ?? '', /not executable/);
    rmSync(entrypoint);
    assert.match(inspectPlugin(program).reason ?? '', /does not exist/);
    mkdirSync(entrypoint);
    assert.match(inspectPlugin(program).reason ?? '', /not a regular file/);
  });

  it('is refused when a link leads out of its directory', () => {
    rmSync(entrypoint);
    symlinkSync('/bin/sh', entrypoint);
    assert.match(inspectPlugin(program).reason ?? '', /entrypoint leads out/);
  });

  it('is refused when its manifest or directory is a link to elsewhere', () => {
    const elsewhere = join(top, 'elsewhere');
    mkdirSync(elsewhere, { recursive: true });
    writeFileSync(join(elsewhere, 'manifest.yaml'), '');
    rmSync(join(dir, 'manifest.yaml'));
    symlinkSync(join(elsewhere, 'manifest.yaml'), join(dir, 'manifest.yaml'));
    assert.match(inspectPlugin(program).reason ?? '', /manifest leads out/);
    rmSync(dir, { recursive: true });
    writeFileSync(join(elsewhere, 'run.sh'), '', { mode: 0o755 });
    symlinkSync(elsewhere, dir);
    assert.match(
      inspectPlugin({ ...program, entrypoint: join(dir, 'run.sh') }).reason ?? '',
      /leads out of its plugins directory/,
    );
  });

  it('may be a link within its directory', () => {
    symlinkSync('run.sh', join(dir, 'bin', 'go'));
    assert.equal(inspectPlugin({ ...program, entrypoint: join(dir, 'bin', 'go') }, { strict: true }).reason, null);
  });

  it('that its group may change is refused only when that is strict, and warned of when the group is more than its owner', (test) => {
    chmodSync(entrypoint, 0o775);
    assert.match(inspectPlugin(program, { strict: true }).reason ?? '', /writable by its group/);
    assert.equal(inspectPlugin(program).reason, null);
    if (process.getuid?.() !== 0) return test.diagnostic('only root can give the file to another group');
    assert.deepEqual(inspectPlugin(program).warnings, []);
    chownSync(entrypoint, 0, 1);
    assert.equal(inspectPlugin(program).warnings.length, 1);
  });

  it('of another ordinary user is refused', () => {
    const owner = process.geteuid?.() ?? 0;
    const reason = inspectPlugin(program, { uid: owner + 1 }).reason ?? '';
    // What root owns is trusted by everybody; only root can give it to somebody else.
    if (owner !== 0) return assert.match(reason, /belongs to another user/);
    assert.equal(reason, '');
    for (const part of [root, dir, join(dir, 'bin'), entrypoint, join(dir, 'manifest.yaml')]) {
      chownSync(part, 1_001, 1_001);
      const { reason: refusal } = inspectPlugin(program, { uid: 1_002 });
      assert.equal(refusal, `${part} belongs to another user (uid 1001); chown it to this one or root`);
      assert.equal(inspectPlugin(program, { uid: 1_001 }).reason, null);
      chownSync(part, 0, 0);
    }
  });

  it('of an ordinary user is run by root, with a word', (test) => {
    if (process.geteuid?.() !== 0) return test.skip('only root can give a file to somebody else');
    chownSync(entrypoint, 1_001, 1_001);
    assert.deepEqual(inspectPlugin(program), { reason: null, warnings: [], owner: { path: entrypoint, uid: 1_001 } });
  });

  it('run by root deserves a word', () => {
    assert.equal(rootWarning([{ runAs: 'a' }, { runAs: null }]) === null, process.geteuid?.() !== 0);
    assert.equal(rootWarning([{ runAs: 'a' }]), null);
  });
});
