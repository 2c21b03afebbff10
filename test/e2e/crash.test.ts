import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Answer, isAlive, site } from './gateway-process.ts';

const FILES = {
  'plugins/slow/manifest.yaml': 'name: slow\nprotocol: 1\nentrypoint: run.py\ncommands: [poll]\n',
  // The first attempt tells its pid and then hangs; every later one answers with an event.
  'plugins/slow/run.py': `#!/usr/bin/env python3
import json, os, sys, time
request = json.load(sys.stdin)
if request["attempt"] == 1:
    with open("pid.new", "w") as f: f.write(str(os.getpid()))
    os.rename("pid.new", "pid")
    time.sleep(600)
print(json.dumps({"protocol": 1, "status": "ok", "result": request["previous_attempts"],
                  "events": [{"type": "slow.done", "payload": {"attempt": request["attempt"]}}]}))
`,
};
const CONFIG = `
service: { state_dir: ./state }
plugins:
  slow: { schedules: { every: 1h, run_on_start: true, catch_up: none } }
  after: { uses: exec, config: { shell: "cat > ../../effect; echo x >> ../../effects", stdin: payload } }
routes: [ { name: then, event_type: slow.done, to: after } ]
`;

test('kill -9 in the middle of a job: it runs again as attempt 2, and nothing is lost or doubled downstream', async (t) => {
  const s = site(t, CONFIG, FILES);
  const first = await s.start();
  const pidFile = join(s.stateDir, 'instances/slow/pid');
  const running = await s.json('job', 'list', '--instance', 'slow');
  const [{ id }] = running.jobs;
  // `job show` answers from the gateway, so the loop waits on it instead of on a clock.
  while (!existsSync(pidFile)) await s.json('job', 'show', id);
  const plugin = Number(readFileSync(pidFile, 'utf8'));
  first.kill('SIGKILL');
  await first.ended;

  const second = await s.start();
  assert.ok(!isAlive(plugin), 'the old process is gone before the job runs again');
  await second.line((line) => line.instance === 'slow' && line.job_id === id && line.status === 'succeeded');
  await second.line((line) => line.instance === 'after' && line.status === 'succeeded');

  const job = await s.json('job', 'show', id);
  assert.deepEqual(
    job.attempts.map(({ attempt, outcome }: Answer) => [attempt, outcome]),
    [
      [1, 'orphaned'],
      [2, 'succeeded'],
    ],
  );
  assert.deepEqual(job.result, [
    {
      attempt: 1,
      outcome: 'orphaned',
      error: { code: 'orphaned', message: 'the gateway ended while this attempt was running' },
    },
  ]);
  assert.equal(job.children.length, 1);
  second.kill('SIGTERM');
  await second.ended;
  assert.equal(readFileSync(join(s.stateDir, 'effects'), 'utf8'), 'x\n');
  assert.deepEqual(JSON.parse(readFileSync(join(s.stateDir, 'effect'), 'utf8')), { attempt: 2 });
});

test('a second gateway on one state directory exits at once, naming the first', async (t) => {
  const s = site(t, CONFIG.replace('run_on_start: true, ', ''), FILES);
  const first = await s.start();
  const second = await s.ductile('start');
  assert.equal(second.code, 1);
  assert.match(second.stderr, new RegExp(`already_running .*\\b${first.pid}\\b`));
  first.kill('SIGKILL');
  await first.ended;
  const third = await s.start();
  third.kill('SIGINT');
  assert.equal((await third.ended).code, 0);
});

test('SIGTERM lets a job end within the grace, then interrupts it without charging the attempt', async (t) => {
  const s = site(t, CONFIG.replace('state_dir: ./state', 'state_dir: ./state, shutdown_grace: 100ms'), FILES);
  const gateway = await s.start();
  const pidFile = join(s.stateDir, 'instances/slow/pid');
  while (!existsSync(pidFile)) await s.json('status');
  gateway.kill('SIGTERM');
  assert.deepEqual(await gateway.ended, { code: 0, signal: null });
  assert.ok(!isAlive(Number(readFileSync(pidFile, 'utf8'))));
  const listed = await s.json('job', 'list', '--instance', 'slow');
  const [job] = listed.jobs;
  assert.deepEqual([job?.status, job?.attempt, job?.attempts_used], ['queued', 1, 0]);
});

test('a second signal ends the gateway at once, and its children with it', async (t) => {
  const s = site(t, CONFIG, FILES);
  const gateway = await s.start();
  const pidFile = join(s.stateDir, 'instances/slow/pid');
  while (!existsSync(pidFile)) await s.json('status');
  gateway.kill('SIGTERM');
  await gateway.line(({ msg }) => msg.startsWith('stopping'));
  gateway.kill('SIGTERM');
  assert.deepEqual(await gateway.ended, { code: 143, signal: null });
  assert.ok(!isAlive(Number(readFileSync(pidFile, 'utf8'))));
});
