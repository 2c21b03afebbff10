import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Answer } from '../e2e/gateway-process.ts';
import { type Site, site } from './site.ts';

/** A day on which no window of these tests may open while they run. */
const FAR_DAY = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][(new Date().getUTCDay() + 3) % 7];

const CONFIG = `
api: { listen: none }
service: { name: explained, state_dir: ./state, max_depth: 1, concurrency: 4, shutdown_grace: 100ms }
plugins:
  list: { uses: exec, config: { argv: [echo, one] } }
  slow: { uses: exec, config: { argv: [sleep, "600"] } }
  limited: { uses: exec, config: { argv: [echo, one] }, rate_limit: { count: 1, per: 1h } }
  busted: { uses: exec, config: { argv: [/bin/sh, -c, "exit 64"] } }
  flaky: { uses: exec, config: { argv: [/bin/sh, -c, "exit 3"] }, retry: { max_attempts: 3, base: 1h, cap: 1h } }
  spent: { uses: exec, config: { argv: [/bin/sh, -c, "exit 3"] }, retry: { max_attempts: 1 } }
  off: { uses: exec, enabled: false, config: { argv: [echo, one] } }
  loop: { uses: exec, config: { argv: [echo, "{}"], emit: loop.turned } }
  yearly: { uses: exec, config: { argv: [echo, one] }, schedules: [ { cron: "0 7 1 1 *" } ] }
  ticking: { uses: exec, config: { argv: [sleep, "600"] }, schedules: [ { every: 1s } ] }
  quiet: { uses: exec, config: { argv: [echo, one] }, schedules: [ { cron: "0 7 1 1 *" } ] }
  windowed: { uses: exec, config: { argv: [echo, one] }, schedules: [ { every: 1s, window: { days: [${FAR_DAY}] } } ] }
  halted: { uses: exec, config: { argv: [echo, one] }, schedules: [ { every: 1s } ] }
  stopped: { uses: exec, enabled: false, config: { argv: [echo, one] }, schedules: [ { every: 1s } ] }
  broken: { uses: exec, breaker: { threshold: 1, reset_after: 1h }, config: { argv: [/bin/sh, -c, "exit 64"] }, schedules: [ { every: 1s } ] }
  sick: { uses: sick }
  echo: { uses: echo }
routes:
  - { name: heavy, event_type: scale.read, when: payload.kg > 80, to: list }
  - { name: list, event_type: shared.name, to: list }
  - { name: wrong, event_type: scale.wrong, when: payload.missing > 80, to: list }
  - { name: later, event_type: scale.later, to: list, delay: 1h }
  - { name: dark, event_type: scale.dark, to: off }
  - { name: turn, event_type: loop.turned, to: loop }
  - { name: strict, event_type: shared.strict, from: list, to: list }
expect:
  - { name: news, schedule: quiet/default, within: 1s }
`;

const SICK = {
  'plugins/sick/manifest.yaml': 'name: sick\nprotocol: 1\nentrypoint: sick.sh\ncommands: [poll, init]\n',
  'plugins/sick/sick.sh': `#!/bin/bash
cat > /dev/null
echo '{"protocol":1,"status":"error","error":{"code":"auth_failed","message":"down"}}'
`,
};

interface Situation {
  readonly title: string;
  /** Makes it so and returns what to ask about. */
  readonly arrange: (s: Arranged) => Promise<readonly string[]>;
  readonly says: RegExp;
  readonly code?: string;
  readonly todo?: RegExp;
}

interface Arranged extends Site {
  submit(instance: string, ...more: readonly string[]): Promise<string>;
  emit(type: string, payload?: unknown, ...more: readonly string[]): Promise<string>;
  /** Asks until the answer satisfies. */
  until(words: readonly string[], satisfies: (answer: Answer) => boolean): Promise<Answer>;
  ended(id: string): Promise<void>;
  stop(): Promise<unknown>;
}

async function arranged(t: TestContext): Promise<Arranged> {
  const made = site(t, CONFIG, SICK);
  const gateway = await made.start();
  const until: Arranged['until'] = async (words, satisfies) => {
    for (let tries = 0; ; tries += 1) {
      const answer = await made.json(0, ...words);
      if (satisfies(answer)) return answer;
      assert.ok(tries < 1_000, JSON.stringify(answer));
    }
  };
  return {
    ...made,
    until,
    submit: async (instance, ...more) => String((await made.json(0, 'run', instance, ...more))['job_id']),
    emit: async (type, payload = {}, ...more) =>
      String((await made.json(0, 'emit', type, '-p', JSON.stringify(payload), ...more))['event_id']),
    async ended(id) {
      await until(['job', 'show', id], (job) => !['queued', 'running'].includes(job['status']));
    },
    stop: () => gateway.stop(),
  };
}

async function running(s: Arranged, id: string): Promise<void> {
  await s.until(['job', 'show', id], (job) => job['status'] === 'running');
}

const SITUATIONS: readonly Situation[] = [
  {
    title: 'the gateway is paused',
    arrange: async (s) => {
      await s.say('pause');
      const id = await s.submit('list');
      return [id];
    },
    says: /^list poll has not started, because the whole gateway is paused since .* UTC\.$/,
    code: 'held_paused',
    todo: /ductile resume`/,
  },
  {
    title: 'the instance is paused',
    arrange: async (s) => {
      await s.say('resume');
      await s.say('pause', 'list');
      return [await s.submit('list')];
    },
    says: /^list poll has not started, because the instance list is paused\.$/,
    code: 'instance_paused',
    todo: /ductile resume list`/,
  },
  {
    title: 'a paused instance itself',
    arrange: async (s) => {
      await s.say('pause', 'limited');
      return ['limited'];
    },
    says: /^limited runs nothing, because it is paused since/,
    todo: /ductile resume limited`/,
  },
  {
    title: 'a job that succeeded',
    arrange: async (s) => {
      await s.say('resume', 'list');
      await s.say('resume', 'limited');
      const id = await s.submit('list');
      await s.ended(id);
      return [id];
    },
    says: /^list poll succeeded at .* on attempt 1\./,
  },
  {
    title: 'the cap',
    arrange: async (s) => {
      await running(s, await s.submit('slow'));
      const id = await s.submit('slow');
      await s.until(['job', 'show', id], (job) => job['held']?.reason === 'cap');
      return [id];
    },
    says: /^slow poll has not started, because as many jobs of slow run as its concurrency allows\.$/,
    code: 'held_cap',
    todo: /plugins\.slow\.concurrency/,
  },
  {
    title: 'an instance at its cap',
    arrange: async () => ['slow'],
    says: /^Due jobs of slow wait, because as many run as its concurrency allows\. 1 job is queued\.$/,
    code: 'held_cap',
  },
  {
    title: 'a running job',
    arrange: async (s) => {
      const { jobs } = await s.json(0, 'job', 'list', '--instance', 'slow', '--status', 'running');
      return [jobs[0].id];
    },
    says: /^slow poll is running for .*: attempt 1\.$/,
    todo: /ductile job cancel/,
  },
  {
    title: 'the rate limit',
    arrange: async (s) => {
      await s.ended(await s.submit('limited'));
      const id = await s.submit('limited');
      await s.until(['job', 'show', id], (job) => job['held']?.reason === 'rate');
      return [id];
    },
    says: /^limited poll has not started, because the rate limit of limited is used up\.$/,
    code: 'held_rate',
    todo: /plugins\.limited\.rate_limit/,
  },
  {
    title: 'an init that has not succeeded',
    arrange: async (s) => [await s.submit('sick')],
    says: /^sick poll has not started, because the init of sick has not succeeded\.$/,
    code: 'held_unhealthy',
    todo: /ductile instance reset sick/,
  },
  {
    title: 'an unhealthy instance',
    arrange: async (s) => {
      await s.until(['explain', 'sick'], (answer) =>
        answer['reasons'].some((one: Answer) => one['code'] === 'instance_unhealthy'),
      );
      return ['sick'];
    },
    says: /^sick runs nothing but its init, which has not succeeded since .*\. 1 job is queued\.$/,
    code: 'instance_unhealthy',
  },
  {
    title: 'a dead letter that another try would not change',
    arrange: async (s) => {
      const id = await s.submit('busted');
      await s.ended(id);
      return [id];
    },
    says: /^busted poll failed and is not tried again, because another try would not change it: .*\(nonzero_exit\)\./,
    code: 'nonzero_exit',
    todo: /ductile job retry/,
  },
  {
    title: 'a dead letter that was tried often enough',
    arrange: async (s) => {
      const id = await s.submit('spent');
      await s.ended(id);
      return [id];
    },
    says: /^spent poll gave up after 1 attempt: /,
    code: 'nonzero_exit',
  },
  {
    title: 'a job that waits for its next attempt',
    arrange: async (s) => {
      const id = await s.submit('flaky');
      await s.until(['job', 'show', id], (job) => job['attempts'].some((one: Answer) => one['retry_at'] != null));
      return [id];
    },
    says: /^flaky poll waits for its next attempt in .*, because attempt 1 ended failed: /,
    code: 'nonzero_exit',
    todo: /makes it due now/,
  },
  {
    title: 'a job that was cancelled',
    arrange: async (s) => {
      await s.say('pause', 'list');
      const id = await s.submit('list');
      await s.say('job', 'cancel', id);
      await s.say('resume', 'list');
      return [id];
    },
    says: /^list poll was cancelled at .*, so it does not run again\.$/,
    todo: /ductile job retry/,
  },
  {
    title: 'a condition that is false',
    arrange: async (s) => [await s.emit('scale.read', { kg: 70 })],
    says: /^Route heavy was not taken: its condition was false\.$/,
    code: 'route_condition_false',
    todo: /change `when` of the route heavy/,
  },
  {
    title: 'a route that did not take an event',
    arrange: async (s) => ['route:heavy', '--event', await s.emit('scale.read', { kg: 71 })],
    says: /^Route heavy was not taken: its condition was false\.$/,
    code: 'route_condition_false',
  },
  {
    title: 'a route that does not ask for the event',
    arrange: async (s) => ['heavy', '--event', await s.emit('scale.other')],
    says: /^Route heavy was not taken: it asks for scale\.read and the event is scale\.other\.$/,
    code: 'type_differs',
  },
  {
    title: 'a route that asks for events from elsewhere',
    arrange: async (s) => ['strict', '--event', await s.emit('shared.strict')],
    says: /^Route strict was not taken: it asks for events from instance:list and this one came from cli\.$/,
  },
  {
    title: 'a route that never saw an event',
    arrange: async () => ['strict'],
    says: /^Route strict has not looked at any event that is still remembered; it asks for shared\.strict from instance:list\.$/,
  },
  {
    title: 'a route that was taken',
    arrange: async (s) => {
      await s.emit('scale.read', { kg: 90 });
      return ['heavy'];
    },
    says: /^Route heavy was taken: it leads to list .* It was taken 1 of the last 3 times\.$/,
  },
  {
    title: 'a condition that has no value',
    arrange: async (s) => [await s.emit('scale.wrong')],
    says: /^Route wrong was not taken: its condition could not be evaluated: /,
    code: 'route_condition_error',
  },
  {
    title: 'a target that is disabled',
    arrange: async (s) => [await s.emit('scale.dark')],
    says: /^Route dark was not taken: its target off is disabled/,
    code: 'route_target_disabled',
  },
  {
    title: 'an event that no route asks for',
    arrange: async (s) => [await s.emit('nobody.cares')],
    says: /^No route asks for nobody\.cares from cli; /,
    code: 'event_unrouted',
    todo: /Add a route/,
  },
  {
    title: 'a duplicate',
    arrange: async (s) => {
      await s.emit('scale.later', {}, '--dedupe-key', 'one');
      return [await s.emit('scale.later', {}, '--dedupe-key', 'one')];
    },
    says: /^scale\.later from cli took the route later\. 1 job was a duplicate\.$/,
    code: 'job_duplicate',
  },
  {
    title: 'a delayed job',
    arrange: async (s) => {
      const { jobs } = await s.json(0, 'emit', 'scale.later');
      return [jobs[0]];
    },
    says: /^list handle is delayed: it is not due for another/,
    code: 'delayed',
  },
  {
    title: 'a chain of routes that is too long',
    arrange: async (s) => {
      await s.submit('loop');
      const { events } = await s.until(
        ['event', 'list', '--type', 'loop.turned'],
        (answer) => answer['events'].length >= 2,
      );
      return [events[0]['event_id']];
    },
    says: /^Route turn was not taken: /,
    code: 'route_max_depth',
  },
  {
    title: 'a schedule that waits for its next slot',
    arrange: async () => ['yearly/default'],
    says: /^yearly\/default has not run yet and runs next at .*-01-01 07:00:00 UTC\.$/,
  },
  {
    title: 'a time at which a schedule has no slot',
    arrange: async () => ['yearly/default', '--at', '2026-05-05T07:00:00Z'],
    says: /^yearly\/default did not run at 2026-05-05 07:00:00 UTC: it has no slot then; the one before is 2026-01-01/,
    code: 'no_slot',
  },
  {
    title: 'a slot before the schedule existed',
    arrange: async () => ['yearly/default', '--at', '2026-01-01T07:00:00Z'],
    says: /^The slot of yearly\/default at 2026-01-01 07:00:00 UTC did not run: nothing is recorded of it/,
    code: 'not_recorded',
  },
  {
    title: 'a slot that is still to come',
    arrange: async () => ['yearly/default', '--at', '2099-01-01T07:00:00Z'],
    says: /^The slot of yearly\/default at 2099-01-01 07:00:00 UTC is still to come/,
  },
  {
    title: 'a time of day at which a schedule has no slot',
    arrange: async () => ['yearly/default', '--at', '07:30'],
    says: /^yearly\/default did not run at \S+ 07:30:00 UTC: it has no slot then; the one before is .*-01-01 07:00:00 UTC/,
    code: 'no_slot',
  },
  {
    title: 'a closed window',
    arrange: async () => ['windowed/default'],
    says: /^windowed\/default does not run now, because its window is closed until \S+ 00:00:00 UTC; it runs next at \S+ 00:00:00 UTC\.$/,
    code: 'slot_window',
    todo: /Widen the window of windowed\/default/,
  },
  {
    title: 'a schedule that is paused',
    arrange: async (s) => {
      await s.say('schedule', 'pause', 'halted/default');
      await s.until(['explain', 'halted/default'], (answer) =>
        answer['reasons'].some(({ code, at, values }: Answer) => {
          return code === 'slot_paused' && at !== null && values.paused === 'schedule' && values.since !== undefined;
        }),
      );
      return ['halted/default'];
    },
    says: /^halted\/default does not run, because the schedule is paused\.$/,
    code: 'schedule_paused',
    todo: /^`ductile schedule resume halted\/default` lets its slots run again\.$/m,
  },
  {
    title: 'a schedule that was paused',
    arrange: async (s) => {
      await s.say('schedule', 'resume', 'halted/default');
      await s.until(['explain', 'halted/default'], ({ summary }) => / ran last at /.test(summary));
      return ['halted/default'];
    },
    says: /^halted\/default ran last at .* and runs next at /,
    code: 'schedule_resumed',
  },
  {
    title: 'an expectation that is missed',
    arrange: async (s) => {
      await s.until(['explain', 'quiet/default'], ({ summary }) => /Expectation/.test(summary));
      return ['quiet/default'];
    },
    says: /^quiet\/default has not run yet and runs next at .*-01-01 07:00:00 UTC\. Expectation news: a success of the schedule quiet\/default was expected within 1 s and has not been seen \(never since .*\)\.$/,
    code: 'expectation_missed',
    todo: /ductile expect list/,
  },
  {
    title: 'an instance of which something is expected',
    arrange: async () => ['quiet'],
    says: /^quiet is ready: nothing keeps its jobs from running\. Expectation news: /,
    code: 'expectation_missed',
  },
  {
    title: 'an overlap',
    arrange: async (s) => {
      await s.until(['explain', 'ticking/default'], (answer) =>
        answer['reasons'].some(({ code, values }: Answer) => {
          return code === 'slot_overlap' && /^[0-9a-f-]{36}$/.test(values.job_id) && values.status === 'running';
        }),
      );
      return ['ticking/default'];
    },
    says: /^The last slot of ticking\/default did not run: the previous run was not finished\.$/,
    code: 'slot_overlap',
    todo: /overlap: queue or cancel/,
  },
  {
    title: 'an open circuit breaker',
    arrange: async (s) => {
      await s.until(['explain', 'broken/default'], (answer) =>
        answer['reasons'].some(({ code, at, values }: Answer) => {
          return code === 'slot_breaker_open' && at !== null && values.failures === 1 && values.opened_at !== null;
        }),
      );
      return ['broken/default'];
    },
    says: /^broken\/default does not run, because the circuit breaker of broken poll is open after repeated failures\.$/,
    code: 'slot_breaker_open',
    todo: /ductile instance reset broken/,
  },
  {
    title: 'an instance whose breaker is open',
    arrange: async () => ['broken'],
    says: /^Slots of broken poll are skipped, because its circuit breaker is open after 1 failures? in a row\.$/,
  },
  {
    title: 'a disabled instance',
    arrange: async () => ['stopped'],
    says: /^stopped takes nothing new, because it is disabled\.$/,
    todo: /plugins\.stopped\.enabled/,
  },
  {
    title: 'a schedule of a disabled instance',
    arrange: async () => ['stopped/default'],
    says: /^stopped\/default does not run, because the instance stopped is disabled\.$/,
    code: 'slot_disabled',
  },
  {
    title: 'an instance that nothing keeps',
    arrange: async () => ['yearly'],
    says: /^yearly is ready: nothing keeps its jobs from running\.$/,
  },
  {
    title: 'a plugin that a stranger may change',
    arrange: async (s) => {
      chmodSync(join(s.dir, 'plugins/echo/echo.py'), 0o777);
      const id = await s.submit('echo');
      await s.ended(id);
      return [id];
    },
    says: /^echo poll failed and is not tried again, .*\(plugin_untrusted\)\.$/,
    code: 'plugin_untrusted',
    todo: /ductile plugin verify/,
  },
  {
    title: 'an instance that a reload removed',
    arrange: async (s) => {
      chmodSync(join(s.dir, 'plugins/echo/echo.py'), 0o755);
      await s.say('pause', 'yearly');
      const id = await s.submit('yearly');
      const text = CONFIG.replace(/^ {2}yearly: .*\n/m, '');
      writeFileSync(join(s.dir, 'ductile.yaml'), text);
      const said = await s.say('reload');
      assert.equal(said.code, 0, said.err);
      return [id];
    },
    says: /^yearly poll /,
    code: 'instance_removed',
  },
  {
    title: 'the name of that instance',
    arrange: async () => ['yearly'],
    says: /^yearly is not configured any more, so nothing new of it runs\.$/,
    todo: /Configure yearly again/,
  },
  {
    title: 'a job while no gateway runs',
    arrange: async (s) => {
      await s.stop();
      return [await s.submit('list')];
    },
    says: /^list poll has not started, because no gateway runs\.$/,
    code: 'no_gateway',
    todo: /ductile start/,
  },
  {
    title: 'a schedule while no gateway runs',
    arrange: async () => ['ticking/default'],
    says: /^ticking\/default does not run, because no gateway runs\.$/,
    code: 'no_gateway',
  },
  {
    title: 'an instance while no gateway runs',
    arrange: async () => ['list'],
    says: /^list runs nothing, because no gateway runs\./,
    code: 'no_gateway',
  },
  {
    title: 'a plugin that is missing after a reload and a restart',
    arrange: async (s) => {
      const { jobs } = await s.json(0, 'job', 'list', '--instance', 'yearly');
      await s.start();
      await s.ended(jobs[0].id);
      return [jobs[0].id];
    },
    says: /^yearly poll failed and is not tried again, because another try would not change it: .*\(plugin_missing\)\.$/,
    code: 'plugin_missing',
    todo: /Configure yearly again, or put its plugin back, and run `ductile reload`/,
  },
];

describe('ductile explain', () => {
  it('gives each of many situations one right sentence, its reason and what to do', async (t) => {
    const s = await arranged(t);
    for (const { title, arrange, says, code, todo } of SITUATIONS) {
      await t.test(title, async () => {
        const words = await arrange(s);
        // What an instance and a route share is told apart by --kind.
        const kind = words[0] === 'list' ? ['--kind', 'instance'] : [];
        const answer = await s.json(0, 'explain', ...words, ...kind);
        assert.match(answer['summary'], says);
        const codes = answer['reasons'].map((one: Answer) => one['code']);
        if (code !== undefined) assert.ok(codes.includes(code), `${code} in ${codes.join(' ')}`);
        if (todo !== undefined) assert.match(answer['hints'].join('\n'), todo);
        for (const key of ['kind', 'id', 'summary', 'reasons', 'next', 'next_at', 'hint', 'hints'])
          assert.ok(key in answer, key);
        const said = await s.say('explain', ...words, ...kind);
        assert.equal(said.code, 0, said.err);
        assert.doesNotMatch(said.out, /undefined|\[object|null\b.*›/);
      });
    }
  });

  it('says what it does not know, what is ambiguous and what does not fit', async (t) => {
    const s = site(t, CONFIG, SICK);
    assert.equal((await s.error(1, 'explain', 'nothing-like-it'))['code'], 'not_found');
    assert.equal((await s.error(1, 'explain', 'limitd'))['hint'], 'did you mean "limited"?');
    const ambiguous = await s.error(2, 'explain', 'list');
    assert.match(ambiguous['message'], /"list" is the name of several things: instance, route/);
    assert.equal((await s.json(0, 'explain', 'route:list'))['kind'], 'route');
    assert.equal((await s.json(0, 'explain', 'list', '--kind', 'instance'))['kind'], 'instance');
    assert.match((await s.error(2, 'explain', 'limited', '--at', '6h'))['message'], /only a schedule/);
    assert.match((await s.error(2, 'explain', 'limited', '--event', 'x'))['message'], /only a route/);
    assert.match((await s.error(2, 'explain', 'yearly/default', '--at', '7 am'))['message'], /neither an instant/);
  });
});
