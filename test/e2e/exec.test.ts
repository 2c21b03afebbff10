import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, site } from './gateway-process.ts';

test('a scheduled exec replaces a crontab line: exit code, output, retries and timeout are all in job show', async (t) => {
  const s = site(
    t,
    `
service: { state_dir: ./state }
plugins:
  tidy:
    uses: exec
    config: { shell: "echo tidied $((6 * 7)); echo 'a word of warning' >&2" }
    schedules: { every: 1h, run_on_start: true }
  broken:
    uses: exec
    config: { argv: [/bin/sh, -c, "echo no luck >&2; exit 3"] }
    retry: { max_attempts: 2, base: 100ms, cap: 100ms }
    schedules: { every: 1h, run_on_start: true }
  endless:
    uses: exec
    config: { argv: [sleep, "600"] }
    timeouts: { poll: 200ms }
    retry: { max_attempts: 1 }
    schedules: { every: 1h, run_on_start: true }
`,
  );
  const gateway = await s.start();
  const ended = (instance: string, status: string) =>
    gateway.line((line) => line.instance === instance && line.status === status);
  const [tidy, broken, endless] = await Promise.all([
    ended('tidy', 'succeeded'),
    ended('broken', 'dead'),
    ended('endless', 'dead'),
  ]);

  const good = await s.json('job', 'show', String(tidy.job_id));
  assert.equal(good.result, 'tidied 42\n');
  assert.equal(good.submitted_by, 'scheduler:tidy/default');
  const [attempt] = good.attempts;
  assert.equal(attempt?.exit_code, 0);
  assert.equal(attempt?.stderr, 'a word of warning\n');

  const bad = await s.json('job', 'show', String(broken.job_id));
  assert.deepEqual(
    bad.attempts.map((one: Answer) => [one.attempt, one.outcome, one.exit_code, one.stderr]),
    [
      [1, 'failed', 3, 'no luck\n'],
      [2, 'failed', 3, 'no luck\n'],
    ],
  );
  const late = await s.json('job', 'show', String(endless.job_id));
  assert.equal(late.attempts[0]?.outcome, 'timed_out');
  assert.match((await s.ductile('job', 'show', String(late.id))).stdout, /timed_out/);
  gateway.kill('SIGTERM');
  assert.deepEqual(await gateway.ended, { code: 0, signal: null });
});
