import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { serviceSchema } from '../../src/domain/config/service.ts';
import { OPERATOR_ERRORS } from '../../src/domain/errors.ts';
import { textOf } from '../docs/pages.ts';

const unit = textOf('contrib/ductile.service');
const folder = mkdtempSync(join(tmpdir(), 'ductile-unit-'));
after(() => rmSync(folder, { recursive: true }));

/** The highest exposure that the unit may have, of 10. */
const MOST_EXPOSURE = 2;

/** The value of a setting of the unit. */
function settingOf(name: string): string {
  return new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? assert.fail(`no ${name}`);
}

/** The unit with a program that is on this machine. */
function placed(): string {
  const file = join(folder, 'ductile.service');
  writeFileSync(file, unit.replaceAll('/usr/local/bin/ductile', process.execPath));
  return file;
}

function analyze(...words: readonly string[]) {
  return spawnSync('systemd-analyze', words, {
    encoding: 'utf8',
    env: { ...process.env, SYSTEMD_LOG_LEVEL: 'warning' },
  });
}

const version = Number(/^systemd (\d+)/.exec(analyze('--version').stdout ?? '')?.[1] ?? 0);
/** `security --offline` came with systemd 250. */
const skip = version >= 250 ? false : 'systemd-analyze 250 is not here';

describe('contrib/ductile.service', () => {
  it('stops later than the grace and what follows it', () => {
    const graceMs = serviceSchema.parse({}).shutdown_grace;
    assert.ok(Number(settingOf('TimeoutStopSec')) * 1_000 > graceMs + 10_000);
    assert.equal(settingOf('KillMode'), 'mixed');
  });

  it('does not start again what ends with wrong usage or an invalid configuration', () => {
    const codes = settingOf('RestartPreventExitStatus').split(' ').map(Number);
    assert.deepEqual(codes, [OPERATOR_ERRORS.usage.exit, OPERATOR_ERRORS.config_invalid.exit]);
  });

  it('runs as a user of its own with a state directory of its own', () => {
    assert.equal(settingOf('User'), 'ductile');
    assert.equal(settingOf('StateDirectory'), 'ductile');
    assert.match(textOf('docs/operations.md'), /useradd --system .* ductile\n/);
  });

  it('is understood by systemd', { skip }, () => {
    const { status, stderr } = analyze('verify', placed());
    assert.equal(stderr.includes('ductile.service'), false, stderr);
    assert.equal(status, 0, stderr);
  });

  it(`has an exposure of at most ${MOST_EXPOSURE}`, { skip }, () => {
    const threshold = `--threshold=${MOST_EXPOSURE * 10}`;
    const { status, stdout } = analyze('security', '--offline=true', '--no-pager', threshold, placed());
    const exposure = /Overall exposure level for ductile\.service: ([\d.]+)/.exec(stdout)?.[1];
    assert.equal(status, 0, `exposure ${exposure}`);
    assert.ok(Number(exposure) <= MOST_EXPOSURE);
  });
});
