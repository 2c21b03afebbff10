import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { type Bench, bench } from '../../test/runner/harness.ts';
import { systemClock } from '../platform/clock.ts';
import { childEnvironment } from './environment.ts';
import { isStill, type ProcessIdentity, statusOf } from './process-identity.ts';
import { findMarked, killAttempt, killMarked } from './sweep.ts';

/** A bench with one daemon on it that ignores TERM and has left its group. */
async function withDaemon(t: TestContext): Promise<Bench & { pid: number }> {
  const here = bench(t);
  await here.process('leaves-daemon.py', { drainMs: 0 });
  return { ...here, pid: Number(readFileSync(join(here.dir, 'daemon'), 'utf8')) };
}

it('finds nothing under a marker that nobody carries', async (t) => {
  const { markers, pid } = await withDaemon(t);
  assert.deepEqual(await findMarked({ gateway: `${markers.gateway}0` }), []);
  assert.deepEqual(
    (await findMarked(markers)).map((found) => found.pid),
    [pid],
  );
  await killMarked({ gateway: markers.gateway, keep: new Set(), graceMs: 0 });
});

it('spares the attempts it is told to keep, and other gateways', async (t) => {
  const { markers } = await withDaemon(t);
  const { gateway, attempt } = markers;
  assert.equal(await killMarked({ gateway, keep: new Set([attempt]), graceMs: 0 }), 0);
  assert.equal(await killMarked({ gateway: `${gateway}0`, keep: new Set(), graceMs: 0 }), 0);
  assert.equal(await killAttempt({ gateway, attempt: 'job.2', clock: systemClock }), 0);
  assert.equal((await findMarked(markers)).length, 1);
  assert.equal(await killAttempt({ gateway, attempt, clock: systemClock }), 1);
});

it('asks first, and kills what does not end within the grace', async (t) => {
  const { markers } = await withDaemon(t);
  assert.equal(await killMarked({ gateway: markers.gateway, keep: new Set(), graceMs: 20 }), 1);
  assert.deepEqual(await findMarked(markers), []);
});

it('is satisfied when what it asked has ended', async (t) => {
  const { markers, process: run, appears } = bench(t);
  const running = run('answers-on-term.sh');
  await appears('ready');
  await killMarked({ gateway: markers.gateway, keep: new Set(), graceMs: 20_000 });
  assert.equal((await running).exitCode, 0);
});

it('spares an attempt that starts while it looks', async (t) => {
  const { markers, process: run, appears } = await withDaemon(t);
  const sweeping = killMarked({ gateway: markers.gateway, keep: new Set(), graceMs: 0 });
  const later = { gateway: markers.gateway, attempt: 'job.2' };
  const controller = new AbortController();
  const running = run('sleeps-with-grandchild.sh', {
    env: childEnvironment({ gateway: process.env, own: {}, markers: later }),
    signal: controller.signal,
  });
  assert.equal(await sweeping, 1);
  await appears('ready');
  assert.ok((await findMarked(markers)).every(({ attempt }) => attempt === 'job.2'));
  controller.abort('cancelled');
  assert.equal((await running).ended, 'cancelled');
});

it('spares what it was started from, though that carries the marker', async (t) => {
  const { markers } = bench(t);
  const program = `
    import { findMarked, killMarked } from ${JSON.stringify(import.meta.resolve('./sweep.ts'))};
    const gateway = process.env.DUCTILE_GATEWAY;
    const found = await findMarked({ gateway });
    console.log(found.length, await killMarked({ gateway, keep: new Set(), graceMs: 0 }));
  `;
  const shell = '"$0" --input-type=module -e "$1"; echo the shell goes on';
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', shell, process.execPath, program], {
    env: childEnvironment({ gateway: process.env, own: {}, markers }),
  });
  assert.equal(stdout, '0 0\nthe shell goes on\n');
});

describe('a leader that cleared its environment', {
  skip: process.platform === 'linux' ? false : 'it needs /proc',
}, () => {
  /** A bench with such a leader at work, and a child that it has in its group. */
  async function cleared(t: TestContext) {
    const { markers, process: run, appears, dir } = bench(t);
    const leaders: ProcessIdentity[] = [];
    const running = run('clears-environment.sh', {
      onSpawn: (leader) => {
        leaders.push(leader);
        return () => {};
      },
    });
    await appears('ready');
    const [leader = assert.fail('the leader was told')] = leaders;
    const child = statusOf(Number(readFileSync(join(dir, 'child'), 'utf8'))) ?? assert.fail('the child is there');
    return { running, leader, child, sweep: { gateway: markers.gateway, keep: new Set<string>() } };
  }

  it('is found by its record, with its group', async (t) => {
    const { running, leader, child, sweep } = await cleared(t);
    assert.equal(await killMarked({ ...sweep, graceMs: 0 }), 0, 'it carries no marker');
    assert.equal(await killMarked({ ...sweep, recorded: [leader], graceMs: 20_000 }), 2);
    assert.equal((await running).signal, 'SIGTERM');
    assert.ok(statusOf(child.pid)?.zombie ?? true, 'nothing of it is left but what its new parent has not reaped yet');
  });

  it('is a stranger when the record has another start', async (t) => {
    const { running, leader, child, sweep } = await cleared(t);
    const earlier = { ...leader, startTime: String(Number(leader.startTime) - 1) };
    assert.equal(await killMarked({ ...sweep, recorded: [earlier], graceMs: 0 }), 0);
    assert.ok(isStill(leader) && isStill(child));
    await killMarked({ ...sweep, recorded: [leader], graceMs: 0 });
    await running;
  });
});
