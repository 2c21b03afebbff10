import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { fixture } from '../../test/runner/harness.ts';
import { signalGroup } from './process-group.ts';
import { statusOf } from './process-identity.ts';

const UNSHARE = 'unshare';
const NAMESPACE = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc'];
const canRecycle =
  spawnSync(UNSHARE, [...NAMESPACE, 'sh', '-c', 'echo 100 > /proc/sys/kernel/ns_last_pid']).status === 0;

it('leaves a stranger alone who got the number of a leader', {
  skip: canRecycle ? false : 'numbers cannot be given out again here',
}, () => {
  const program = [...NAMESPACE, process.execPath, fixture('recycles-pids.ts')];
  const { stdout, stderr } = spawnSync(UNSHARE, program, { encoding: 'utf8' });
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), { recycled: true, recorded: 0, ended: false });
});

it('leaves a group alone whose leader started at another time', {
  skip: process.platform === 'linux' ? false : 'it needs /proc',
}, async () => {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  const exit = once(child, 'exit');
  const { pid, startTime } = statusOf(child.pid ?? 0) ?? assert.fail('the child is there');
  signalGroup({ pid, startTime: String(Number(startTime) - 1) }, 'SIGKILL');
  signalGroup({ pid, startTime }, 'SIGTERM');
  assert.deepEqual(await exit, [null, 'SIGTERM']);
});

it('signals a group by its number where start times are not told', async () => {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  const exit = once(child, 'exit');
  signalGroup({ pid: child.pid ?? 0 }, 'SIGTERM');
  assert.deepEqual(await exit, [null, 'SIGTERM']);
});
