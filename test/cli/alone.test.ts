import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { site } from './site.ts';

describe('without a gateway', () => {
  it('run --wait runs the job here and shows everything about it', async (t) => {
    const s = site(t);
    const job = await s.json(0, 'run', 'greet', '--wait');
    assert.equal(job.status, 'succeeded');
    assert.equal(job.submitted_by, 'cli');
    assert.deepEqual(job.result, { text: 'hello' });
    assert.equal(job.attempts.length, 1);
    const [attempt] = job.attempts;
    for (const key of [
      'attempt',
      'outcome',
      'started_at',
      'ended_at',
      'exit_code',
      'signal',
      'error',
      'stderr',
      'logs',
      'response',
    ]) {
      assert.ok(key in attempt, key);
    }
    assert.deepEqual([attempt.attempt, attempt.outcome, attempt.exit_code, attempt.signal], [1, 'succeeded', 0, null]);
    assert.equal(attempt.stderr, 'greeting\n');
    assert.deepEqual(attempt.logs, [{ level: 'warn', message: 'look', fields: { n: 1 } }]);
    assert.equal(job.events[0].type, 'greet.done');
    assert.deepEqual(
      job.children.map((child: Record<string, unknown>) => [child['instance'], child['status'], child['submitted_by']]),
      [['echo', 'queued', 'route:greeted']],
      'jobs that its events cause stay queued',
    );
  });

  it('run --wait reads well for people, whatever a plugin wrote', async (t) => {
    const s = site(t);
    const good = await s.say('run', 'greet', '--wait');
    assert.equal(good.code, 0);
    assert.match(
      good.out,
      / succeeded\n {2}runs {6}greet poll\n {2}created {3}.* by cli\n {2}payload {3}\{\}\n {2}result {4}\{"text":"hello"\}\n/,
    );
    assert.match(
      good.out,
      /Attempts\n {2}#1 succeeded {2}exit 0, \d+ ms, .*\n {4}stderr │ greeting\n {4}warn │ look \{"n":1\}\n/,
    );
    assert.match(good.out, /Events\n {2}greet\.done {2}[\w-]+\n {4}\{"n":2\}\n/);
    assert.match(good.out, /Jobs it caused\n {2}[\w-]+ {2}queued {2}echo handle {2}route:greeted\n/);

    const listed = await s.say('run', 'list', '--wait');
    assert.match(listed.out, /\n {2}result\n {4}one\n {4}two\nAttempts\n/, 'the output of a command keeps its lines');

    const bad = await s.say('run', 'refuse', '--wait');
    assert.equal(bad.code, 1);
    assert.match(bad.out, / failed\n/);
    assert.match(
      bad.out,
      /error {5}auth_failed: the token \\x1b\[31mexpired\n/,
      'a terminal is not steered by plugins',
    );
  });

  it('run --wait shows each attempt with its retry time', async (t) => {
    const s = site(t);
    const job = await s.json(1, 'run', 'flaky', '--wait');
    assert.equal(job.status, 'dead');
    assert.deepEqual(
      job.attempts.map((attempt: Record<string, unknown>) => [
        attempt['attempt'],
        attempt['outcome'],
        attempt['exit_code'],
        attempt['stderr'],
      ]),
      [
        [1, 'failed', 3, 'trouble\n'],
        [2, 'failed', 3, 'trouble\n'],
      ],
    );
    const text = await s.say('job', 'show', job.id);
    assert.match(text.out, /#1 failed {2}exit 3, [^#]*\n {4}again after \d+ ms, at \d{4}-/);
  });

  it('run --wait gives up with 75 when the time is over, and leaves the job queued', async (t) => {
    const s = site(t);
    const said = await s.sayWith({}, 'run', 'slow', '--wait', '--timeout', '300ms', '--json');
    assert.equal(said.code, 75);
    const job = JSON.parse(said.out);
    assert.equal(job.status, 'queued');
    assert.equal(job.attempts[0].outcome, 'interrupted');
    const { error } = JSON.parse(said.err);
    assert.equal(error.code, 'wait_expired');
    assert.match(error.message, /after 300ms; it was interrupted, and it stays queued/);
  });

  it('run --wait says when the time is over between two attempts', async (t) => {
    const s = site(t);
    writeFileSync(
      join(s.dir, 'ductile.yaml'),
      'service: { state_dir: ./state }\nplugins: { bad: { uses: exec, config: { shell: exit 1 } } }\n',
    );
    const error = await s.error(75, 'run', 'bad', '--wait', '--timeout', '3s');
    assert.match(error.message, /after 3s; its next attempt is not due, and it stays queued/);
  });

  it('run stores the job and says when it takes effect', async (t) => {
    const s = site(t);
    const said = await s.say('run', 'echo', 'handle', '--payload', '{"a":1}', '--priority', '7', '--max-attempts', '3');
    assert.equal(said.code, 0);
    assert.match(said.out, /^job [\w-]+ is queued\nNo gateway is running: this takes effect when one starts/);
    const { jobs } = await s.json(0, 'job', 'list');
    assert.deepEqual([jobs[0].priority, jobs[0].max_attempts, jobs[0].command], [7, 3, 'handle']);

    const first = await s.json(0, 'run', 'echo', '--dedupe-key', 'k');
    assert.deepEqual(Object.keys(first), ['job_id', 'duplicate', 'status']);
    assert.deepEqual([first.duplicate, first.status], [false, 'queued']);
    const second = await s.json(0, 'run', 'echo', '--dedupe-key', 'k');
    assert.deepEqual(second, { job_id: first.job_id, duplicate: true, status: 'queued' });
    assert.match((await s.say('run', 'echo', '--dedupe-key', 'k')).out, /has that dedupe key already: queued\n/);
  });

  it('a payload comes from the command line, a file or standard input', async (t) => {
    const s = site(t);
    writeFileSync(join(s.dir, 'in.json'), '{"from":"file"}');
    const file = await s.json(0, 'run', 'echo', '--wait', '--payload', '@in.json');
    assert.deepEqual(file.result, { from: 'file' });
    const piped = await s.sayWith({ stdin: '[1, 2]' }, 'run', 'echo', '--wait', '-p', '-', '--json');
    assert.deepEqual(JSON.parse(piped.out).result, [1, 2]);
  });

  it('refuses bad input with 2 before anything is stored', async (t) => {
    const s = site(t);
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    for (const [words, code, pattern] of [
      [['run', 'echo', '--payload', '{'], 'invalid_payload', /the payload is not valid JSON/],
      [['run', 'echo', '--payload', '@no.json'], 'invalid_payload', /cannot be read/],
      [['run', 'echo', '--payload', '-'], 'invalid_payload', /standard input is not valid JSON/],
      [['run', 'echo', '--payload', deep], 'invalid_payload', /nested too deeply/],
      [
        ['run', 'echo', '--payload', '['.repeat(65) + ']'.repeat(65)],
        'invalid_payload',
        /nested deeper than 64 levels/,
      ],
      [['run', 'greet', 'handle'], 'invalid_payload', /name/],
      [['run', 'gret'], 'unknown_instance', /no instance "gret"/],
      [['run', 'off'], 'instance_disabled', /disabled/],
      [['run', 'greet', 'handel'], 'unknown_command', /handel/],
      [['run', 'greet', '--timeout', 'soon', '--wait'], 'usage', /--timeout "soon"/],
      [['run', 'greet', '--priority', 'high'], 'usage', /--priority "high"/],
      [['run', 'greet', '--priority', '101'], 'usage', /priority/],
      [['emit', 'Bad Type'], 'invalid_event_type', /Bad Type/],
      [['emit', 'ductile.started'], 'invalid_event_type', /reserved/],
      [['route', 'test', 'x.y', '--payload', 'nope'], 'invalid_payload', /not valid JSON/],
      [['job', 'list', '--status', 'sleeping'], 'usage', /status/],
      [['job', 'list', '--since', 'yesterday'], 'usage', /yesterday/],
      [['job', 'list', '--limit', '0'], 'usage', /limit/],
      [['plugin', 'show', 'gret'], 'unknown_instance', /gret/],
    ] as const) {
      const error = await s.error(2, ...words);
      assert.equal(error.code, code, words.join(' ').slice(0, 80));
      assert.match(error.message, pattern);
    }
    assert.match((await s.error(2, 'run', 'gret')).hint, /did you mean "greet"\?/);
    assert.match((await s.error(2, 'run', 'greet', 'handel')).hint, /did you mean "handle"\?/);
    assert.match((await s.error(2, 'plugin', 'show', 'gret')).hint, /did you mean "greet"\?/);
    assert.deepEqual((await s.json(0, 'job', 'list')).jobs, []);
  });

  it('emit stores the event with the decision of every route', async (t) => {
    const s = site(t);
    const answer = await s.json(0, 'emit', 'greet.done', '--payload', '{"n":3}');
    assert.deepEqual(Object.keys(answer), ['event_id', 'jobs', 'decisions']);
    assert.equal(answer.jobs.length, 1);
    assert.deepEqual(
      answer.decisions.map((decision: Record<string, unknown>) => [decision['route'], decision['code']]),
      [
        ['greeted', 'route_taken'],
        ['never', 'route_condition_false'],
      ],
    );
    const text = await s.say('emit', 'greet.done', '--payload', '{"n":3}');
    assert.match(text.out, /^event [\w-]+\n {2}✓ .*\n {2}· .*\n {2}job [\w-]+\nNo gateway is running/);
    assert.doesNotMatch((await s.say('emit', 'nobody.cares')).out, /No gateway/, 'nothing will take effect');

    const event = await s.json(0, 'event', 'show', answer.event_id);
    assert.deepEqual(event.jobs, answer.jobs);
    assert.equal(event.source, 'cli');
    const shown = await s.say('event', 'show', answer.event_id);
    assert.match(shown.out, /Routes\n {2}✓ .*\n {2}· .*\nJobs it caused\n {2}[\w-]+\n/);

    const { events, next_cursor } = await s.json(0, 'event', 'list', '--type', 'greet.done', '--limit', '1');
    assert.deepEqual([events.length, typeof next_cursor], [1, 'string']);
    const rest = await s.json(0, 'event', 'list', '--type', 'greet.done', '--source', 'cli', '--cursor', next_cursor);
    assert.deepEqual([rest.events.length, rest.next_cursor], [1, null]);
    assert.match(
      (await s.say('event', 'list', '--limit', '1')).out,
      /^EVENT .*\n.*nobody\.cares.*\nmore with --cursor \S+\n$/,
    );
    assert.equal((await s.say('event', 'list', '--type', 'no.such')).out, 'no events\n');
  });

  it('jobs can be listed, cancelled and retried', async (t) => {
    const s = site(t);
    assert.equal((await s.say('job', 'list')).out, 'no jobs\n');
    const { job_id } = await s.json(0, 'run', 'echo');
    await s.json(0, 'run', 'list');
    const { jobs, next_cursor } = await s.json(
      0,
      'job',
      'list',
      '--instance',
      'echo',
      '--status',
      'queued',
      '--since',
      '1h',
    );
    assert.deepEqual([jobs.map(({ id }: { id: string }) => id), next_cursor], [[job_id], null]);
    assert.ok(!('payload' in jobs[0]), 'a list has no payloads');
    assert.deepEqual((await s.json(0, 'job', 'list', '--since', '2999-01-01T00:00:00Z')).jobs, []);

    assert.equal((await s.say('job', 'cancel', job_id)).out, `job ${job_id} is cancelled\n`);
    assert.equal((await s.error(1, 'job', 'cancel', job_id)).code, 'already_terminal');
    assert.match((await s.say('job', 'retry', job_id)).out, /is queued\nNo gateway is running/);
    assert.equal((await s.json(0, 'job', 'cancel', job_id)).status, 'cancelled');
    for (const verb of ['show', 'cancel', 'retry']) {
      assert.equal((await s.error(1, 'job', verb, 'no-such-job')).code, 'not_found');
    }
    assert.equal((await s.error(1, 'event', 'show', 'a/b?c')).code, 'not_found');
  });

  it('the overview works before the first start, and writes nothing', async (t) => {
    const s = site(t);
    const status = await s.json(0, 'status');
    assert.deepEqual([status.running, status.pid, status.name], [false, null, 'testing']);
    assert.match((await s.say('status')).out, /^○ testing is not running; this is what its files say\n/);

    const { schedules, next_cursor } = await s.json(0, 'schedule', 'list');
    assert.equal(next_cursor, null);
    assert.deepEqual([schedules[0].schedule, schedules[0].command], ['greet/yearly', 'poll']);
    assert.match(
      (await s.say('schedule', 'list')).out,
      /^SCHEDULE .*\ngreet\/yearly {2}cron 0 0 1 1 \* {2}UTC .* in \d+ d\n$/,
    );

    const { instances } = await s.json(0, 'plugin', 'list');
    assert.equal(instances.length, 7);
    assert.match((await s.say('plugin', 'list')).out, /^off \(disabled\) +echo /m);
    const greet = await s.json(0, 'plugin', 'show', 'greet');
    assert.deepEqual([greet.plugin, greet.version], ['greet', '1.2.3']);
    const shown = await s.say('plugin', 'show', 'greet');
    assert.match(shown.out, /^greet\n {2}plugin {6}greet 1\.2\.3 in .*\n {2}does {8}Says hello\n/);
    assert.match(shown.out, /command {5}handle {2}within 2 m, at most once/);
    assert.match((await s.say('plugin', 'show', 'echo')).out, /runs {8}2 at a time, 100 per 1\.0 s\n/);
    assert.match((await s.say('plugin', 'show', 'off')).out, /^off disabled\n/);

    const { routes, ...page } = await s.json(0, 'route', 'list');
    assert.deepEqual(page, { next_cursor: null });
    assert.deepEqual([routes[0].route, routes[0].to], ['greeted', [{ instance: 'echo', command: 'handle' }]]);
    assert.match((await s.say('route', 'list')).out, /^ROUTE .*\ngreeted {2}greet\.done /);

    const tested = await s.json(0, 'route', 'test', 'greet.done', '--payload', '{"n":3}');
    assert.deepEqual(
      tested.jobs.map(({ instance, command }: Record<string, unknown>) => [instance, command]),
      [['echo', 'handle']],
    );
    assert.match(
      (await s.say('route', 'test', 'greet.done', '-p', '{"n":3}')).out,
      /would run\n {2}echo handle \{"n":3\}\n$/,
    );
    assert.match((await s.say('route', 'test', 'greet.done', '-p', '{"n":0}')).out, /no jobs\n$/);
    assert.ok(!existsSync(join(s.dir, 'state')));
  });

  it('a schedule skips its next slot, and says so', async (t) => {
    const s = site(t);
    const at = (await s.json(0, 'schedule', 'list')).schedules[0].next_at;
    const skipped = await s.json(0, 'schedule', 'skip', 'greet/yearly');
    assert.deepEqual(skipped, { schedule: 'greet/yearly', skip_at: at, changed: true });
    assert.match(
      (await s.say('schedule', 'skip', 'greet/yearly')).out,
      /skips its slot at .*, as it was asked to before/,
    );
    assert.match((await s.say('schedule', 'list')).out, /, skipped/);
    const { slots } = await s.json(0, 'schedule', 'preview', '--days', '800');
    const [first, ...others] = slots.map(({ outcome, reason }: { outcome: string; reason: string | null }) => [
      outcome,
      reason,
    ]);
    assert.deepEqual(first, ['skip', 'slot_skipped']);
    assert.ok(others.length > 0);
    for (const other of others) assert.deepEqual(other, ['run', null]);
    assert.equal((await s.error(1, 'schedule', 'skip', 'greet/yerly')).code, 'not_found');
  });

  it('schedules are paused, resumed, run and previewed', async (t) => {
    const s = site(t);
    const fresh = await s.json(0, 'schedule', 'preview', '--from', '2026-12-25T00:00:00Z', '--days', '14');
    const run = { schedule: 'greet/yearly', at: '2027-01-01T00:00:00.000Z', nominal_at: '2027-01-01T00:00:00.000Z' };
    assert.deepEqual(fresh.slots, [{ ...run, outcome: 'run', reason: null, count: 1 }]);
    const byDate = await s.json(0, 'schedule', 'preview', '--from', '2026-12-25', '--to', '2027-01-08T00:00');
    assert.deepEqual(byDate, fresh);
    const paused = await s.json(0, 'schedule', 'pause', 'greet/yearly');
    assert.deepEqual([paused.schedule, paused.paused, paused.changed], ['greet/yearly', true, true]);
    assert.ok(paused.paused_at !== null);
    assert.equal((await s.json(0, 'schedule', 'pause', 'greet/yearly')).changed, false);
    const skipped = await s.json(0, 'schedule', 'preview', 'greet', '--from', '2026-12-25T00:00:00Z', '--days', '14');
    assert.deepEqual(skipped.slots, [{ ...run, outcome: 'skip', reason: 'slot_paused', count: 1 }]);
    assert.match((await s.say('schedule', 'list')).out, /paused/);
    assert.match((await s.say('status')).out, /yearly.*paused/);
    const text = await s.say('schedule', 'preview', 'greet/yearly', '--from', '2026-12-25T00:00:00Z', '--days', '14');
    assert.match(text.out, /greet\/yearly {2}·+×·+ {2}0 runs\n/);
    assert.match(text.out, /the schedule is paused/);
    const job = await s.json(0, 'schedule', 'run', 'greet/yearly');
    const shown = await s.json(0, 'job', 'show', job.job_id);
    assert.deepEqual([shown.instance, shown.command, shown.submitted_by], ['greet', 'poll', 'cli']);
    assert.equal((await s.json(0, 'schedule', 'resume', 'greet/yearly')).paused_at, null);
    assert.equal((await s.error(1, 'schedule', 'pause', 'greet/yerly')).code, 'not_found');
    assert.equal((await s.error(2, 'schedule', 'pause', 'a/b/c')).code, 'usage');
    assert.equal((await s.error(2, 'schedule', 'preview', '--days', '0')).code, 'usage');
    assert.equal((await s.error(2, 'schedule', 'preview', '--down', 'x..y')).code, 'usage');
    assert.match((await s.error(2, 'schedule', 'preview', '--from', 'noon')).hint, /on the clock of UTC/);
  });
});
