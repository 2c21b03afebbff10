import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAlive, type Site, site } from './gateway-process.ts';

// The first attempt tells its pid, does as if nobody had asked to be told of the gateway's end, and goes on for ever,
// without any environment if it is told so; later ones answer.
const FILES = {
  'plugins/stays/manifest.yaml':
    'name: stays\nprotocol: 1\nentrypoint: run.py\ncommands: [poll]\nconfig_keys: { optional: [clears] }\n',
  'plugins/stays/run.py': `#!/usr/bin/env python3
import ctypes, json, os, sys
request = json.load(sys.stdin)
if request["attempt"] == 1:
    ctypes.CDLL(None).prctl(1, 0)
    environment = {} if request["config"].get("clears") else os.environ
    then = "import os, time; open('pid.new', 'w').write(str(os.getpid())); os.rename('pid.new', 'pid'); time.sleep(600)"
    os.execve(sys.executable, [sys.executable, "-c", then], environment)
print('{"protocol":1,"status":"ok"}')
`,
};

function config(clears: boolean): string {
  return `
service: { state_dir: ./state }
plugins: { stays: { config: { clears: ${clears} }, schedules: { every: 1h, run_on_start: true, catch_up: none } } }
`;
}

/** The pid of the process that stays, once it does. */
async function stays(s: Site): Promise<number> {
  const file = join(s.stateDir, 'instances/stays/pid');
  while (!existsSync(file)) await s.json('job', 'list');
  return Number(readFileSync(file, 'utf8'));
}

test('a leader without a marker is ended by its record before its job runs again; another gateway is not touched', {
  skip: process.platform === 'linux' ? false : 'it needs /proc',
}, async (t) => {
  const mine = site(t, config(true), FILES);
  const other = site(t, config(false), FILES);
  const [first, beside] = await Promise.all([mine.start(), other.start()]);
  const [old, stranger] = await Promise.all([stays(mine), stays(other)]);
  assert.equal(readFileSync(`/proc/${old}/environ`, 'utf8'), '');
  first.kill('SIGKILL');
  await first.ended;
  assert.ok(isAlive(old), 'it outlives its gateway');

  const second = await mine.start();
  assert.ok(!isAlive(old), 'it is gone before the gateway is ready');
  await second.line(({ instance, attempt, status }) => instance === 'stays' && attempt === 2 && status === 'succeeded');
  second.kill('SIGTERM');
  assert.equal((await second.ended).code, 0);
  assert.ok(isAlive(stranger), 'neither the start nor the stop of a gateway touches the processes of another');

  beside.kill('SIGTERM');
  await beside.line(({ msg }) => msg.startsWith('stopping'));
  beside.kill('SIGTERM');
  await beside.ended;
  assert.ok(!isAlive(stranger));
});
