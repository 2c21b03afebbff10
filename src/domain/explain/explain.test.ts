import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf, jobOf } from '../../../test/values.ts';
import { CLOSED } from '../breaker.ts';
import { DECISION_CODES, type DecisionCode } from '../decision.ts';
import { compileSchedule } from '../schedule.ts';
import type { AttemptRecord } from '../settlement.ts';
import { adviceOn } from './advice.ts';
import { explainEvent } from './explain-event.ts';
import { explainInstance, type InstanceFacts } from './explain-instance.ts';
import { explainJob, type JobFacts } from './explain-job.ts';
import { explainRoute } from './explain-route.ts';
import { explainSchedule, type ScheduleFacts } from './explain-schedule.ts';
import type { Recorded } from './explanation.ts';

const HOUR = 3_600_000;

function decision(code: DecisionCode, change: Partial<Recorded> = {}): Recorded {
  return {
    code,
    at: 0,
    text: `text of ${code}.`,
    jobId: null,
    eventId: null,
    instance: null,
    schedule: null,
    route: null,
    values: null,
    collapseKey: null,
    count: 1,
    firstAt: 0,
    lastAt: 0,
    ...change,
  };
}

const GATEWAY = { running: true, pausedAt: null, slots: 2, busy: 0, storage: null };

function jobFacts(change: Partial<JobFacts>): JobFacts {
  const job = jobOf({ status: 'queued', attempt: 0 });
  return {
    job,
    attempts: [],
    decisions: [],
    around: [],
    hold: null,
    gateway: GATEWAY,
    configured: true,
    deadlineAt: null,
    now: HOUR,
    ...change,
  };
}

const error = { code: 'unavailable', message: 'no answer.' };
const failedOnce = { attempt: 1, outcome: 'failed', error, endedAt: 0 } as unknown as AttemptRecord;

describe('adviceOn', () => {
  it('names what would change each decision, or says nothing where nothing needs to', () => {
    for (const code of Object.keys(DECISION_CODES) as DecisionCode[]) {
      const said = adviceOn({
        ...decision(code),
        instance: 'mail',
        route: 'r',
        schedule: 'mail/s',
        values: { job_id: 'j' },
      });
      assert.ok(said === null || said.length > 20, code);
    }
    assert.match(adviceOn(decision('held_cap')) ?? '', /plugins\.<instance>\.concurrency/);
    assert.match(adviceOn(decision('suspect_runs')) ?? '', /<job>/);
    assert.match(adviceOn(decision('slot_overlap', { jobId: 'j9' })) ?? '', /explain j9/);
  });
});

describe('explainJob', () => {
  const queued = (hold: JobFacts['hold'], gateway = GATEWAY): JobFacts => jobFacts({ hold, gateway });
  const ended = (status: 'failed' | 'dead' | 'succeeded' | 'cancelled', code: string | null): JobFacts =>
    jobFacts({
      job: jobOf({ status, completedAt: 0, attempt: 2, lastError: code === null ? null : { code, message: 'bad' } }),
    });
  const cases: readonly (readonly [string, JobFacts, RegExp])[] = [
    ['due', jobFacts({}), /^p handle is due and about to start\.$/],
    ['no gateway', queued(null, { ...GATEWAY, running: false }), /because no gateway runs\.$/],
    ['full', queued(null, { ...GATEWAY, busy: 2 }), /because all 2 slots of the gateway are taken\.$/],
    ['storage', queued(null, { ...GATEWAY, storage: 'disk full' } as never), /because the storage refuses to write\.$/],
    ['paused', queued({ reason: 'paused', until: null }), /because the instance p is paused\.$/],
    [
      'all paused',
      queued({ reason: 'paused', until: null }, { ...GATEWAY, pausedAt: 0, running: false } as never),
      /because the whole gateway is paused since 1970-01-01 00:00:00 UTC, and no gateway runs\.$/,
    ],
    ['init', queued({ reason: 'unhealthy', until: null }), /because the init of p has not succeeded\.$/],
    ['cap', queued({ reason: 'cap', until: null }), /because as many jobs of p run as its concurrency allows\.$/],
    ['rate', queued({ reason: 'rate', until: 2 * HOUR }), /because the rate limit of p is used up\.$/],
    ['suspect runs', queued({ reason: 'suspect_runs', until: null }), /because a job that may have ended the gateway/],
    [
      'suspect',
      queued({ reason: 'suspect_waits', until: null }),
      /because it was running when the gateway ended twice/,
    ],
    [
      'delayed',
      jobFacts({ job: jobOf({ status: 'queued', runAt: 2 * HOUR }) }),
      /^p handle is delayed: it is not due for another 1 h\.$/,
    ],
    [
      'retry',
      jobFacts({
        job: jobOf({ status: 'queued', runAt: 2 * HOUR }),
        attempts: [failedOnce],
        gateway: { ...GATEWAY, running: false },
      }),
      /^p handle waits for its next attempt in 1 h, because attempt 1 ended failed: no answer \(unavailable\)\.$/,
    ],
    [
      'running',
      jobFacts({ job: jobOf({ startedAt: 0 }), deadlineAt: 2 * HOUR }),
      /^p handle is running for 1 h: attempt 1\.$/,
    ],
    ['just claimed', jobFacts({ job: jobOf() }), /is running for 0 ms/],
    ['succeeded', ended('succeeded', null), /^p handle succeeded at 1970-01-01 00:00:00 UTC, on attempt 2\.$/],
    ['cancelled', ended('cancelled', null), /^p handle was cancelled at/],
    ['dead', ended('dead', 'poison'), /^p handle gave up after 2 attempts: bad \(poison\)\.$/],
    ['dead without a word', ended('dead', null), /no error was kept/],
  ];
  for (const [title, facts, says] of cases) {
    it(`says of a job: ${title}`, () => {
      assert.match(explainJob(facts).summary, says);
    });
  }

  it('knows what mends each error of the core that has a cure of its own', () => {
    const codes =
      'plugin_untrusted plugin_missing invalid_input unknown_command instance_unhealthy outcome_unknown timed_out';
    const todos = codes.split(' ').map((code) => explainJob(ended('failed', code)).todo[0]);
    assert.equal(new Set(todos).size, todos.length);
    assert.equal(explainJob(ended('failed', 'other')).todo[0], 'Mend what it complains of.');
    const gone = explainJob({ ...ended('failed', 'other'), configured: false });
    assert.match(gone.todo[0] ?? '', /^Configure \S+ again and run `ductile reload`/);
  });

  it('says how late a job began, and which holds there were between its due time and its start', () => {
    const facts = jobFacts({
      job: jobOf({ status: 'succeeded', runAt: HOUR, startedAt: HOUR + 180_000, completedAt: HOUR + 180_000 }),
      decisions: [decision('job_orphaned')],
      around: [
        decision('held_cap', { firstAt: HOUR, lastAt: HOUR + 120_000 }),
        decision('held_cap', { firstAt: 0, lastAt: 60_000 }),
        decision('suspect_runs', { jobId: 'job-1', firstAt: HOUR, lastAt: HOUR }),
        decision('instance_resumed', { lastAt: HOUR + 60_000 }),
        decision('gateway_resumed', { lastAt: 0 }),
      ],
    });
    const { summary, because } = explainJob(facts);
    assert.match(summary, / It started 3 m after it was due\.$/);
    assert.deepEqual(
      because.map(({ code }) => code),
      ['held_cap', 'instance_resumed', 'job_orphaned'],
    );
  });
});

describe('explainEvent', () => {
  const event = eventOf();
  const of = (...decisions: readonly Recorded[]): string => explainEvent({ event, decisions }).summary;
  it('says in one sentence what became of it', () => {
    const taken = decision('route_taken', { route: 'a' });
    const other = decision('route_condition_false', { route: 'b' });
    assert.match(of(), /^health\.weight from instance:withings was recorded at .*; no decision on it is kept\.$/);
    assert.match(of(other, taken), /took the route a\. 1 other route was not taken\.$/);
    assert.match(of(other, other, taken, taken), /took the routes a, a\. 2 other routes were not taken\.$/);
    assert.match(of(other, other), /made no job: 2 routes ask for it and none was taken\.$/);
    assert.equal(of(decision('event_unrouted')), 'Text of event_unrouted.');
    assert.match(of(decision('job_duplicate'), decision('job_duplicate'), taken), /2 jobs were a duplicate\.$/);
  });
});

describe('explainRoute', () => {
  it('tells of the latest event, of one event, and of events it does not look at', () => {
    const route = { name: 'r', eventType: 'health.weight', from: null, to: [] };
    const taken = decision('route_taken', { route: 'r', eventId: 'event-1' });
    const facts = { route, event: null, decisions: [taken] };
    assert.match(explainRoute(facts).summary, /^Text of route_taken \(1970.*event event-1\)\.$/);
    assert.equal(explainRoute({ ...facts, event: eventOf() }).summary, 'Text of route_taken.');
    const unseen = { route, event: null, decisions: [] };
    assert.match(explainRoute(unseen).summary, /it asks for health\.weight from anywhere\.$/);
    assert.match(explainRoute({ ...unseen, route: { ...route, from: 'cli' } }).summary, /from cli\.$/);
    assert.match(explainRoute({ ...unseen, event: eventOf() }).summary, /no decision of it is kept/);
    assert.match(explainRoute({ ...unseen, event: eventOf({ type: 'a.b' }) }).summary, /and the event is a\.b\.$/);
    const strict = { ...unseen, route: { ...route, from: 'cli' as const }, event: eventOf() };
    assert.match(explainRoute(strict).summary, /this one came from instance:withings\.$/);
  });
});

describe('explainSchedule', () => {
  const compiled = compileSchedule({ every: '1h' }, { instance: 'p', defaultTimezone: 'UTC' });
  const once = compileSchedule({ at: '1970-01-01T02:00:00Z' }, { instance: 'p', defaultTimezone: 'UTC' });
  const windowed = compileSchedule(
    { every: '1h', window: { start: '08:00', end: '18:00' } },
    { instance: 'p', defaultTimezone: 'UTC' },
  );
  assert.ok(compiled.ok && once.ok && windowed.ok);
  const base: ScheduleFacts = {
    schedule: compiled.schedule,
    lastSlotAt: HOUR,
    lastJobId: 'j1',
    nextAt: 6 * HOUR,
    decisions: [],
    shut: null,
    running: true,
    at: null,
    slotJob: null,
    now: 5.5 * HOUR,
  };
  const skip = decision('slot_overlap', { firstAt: 2 * HOUR, lastAt: 4 * HOUR, count: 3, text: 'p/default: busy' });
  const missed = decision('slot_missed', {
    values: { from: 2 * HOUR, to: 3 * HOUR },
    firstAt: 9 * HOUR,
    lastAt: 9 * HOUR,
  });
  const gap = decision('slot_dst_gap', { values: { at: 2 * HOUR } });
  const cases: readonly (readonly [string, Partial<ScheduleFacts>, RegExp])[] = [
    ['all well', {}, /^p\/default ran last at 1970-01-01 01:00:00 UTC and runs next at 1970-01-01 06:00:00 UTC\.$/],
    [
      'over',
      { lastSlotAt: null, lastJobId: null, nextAt: null },
      /^p\/default has not run yet and has no further slot\.$/,
    ],
    ['no gateway', { running: false }, /because no gateway runs\.$/],
    [
      'shut',
      { shut: { code: 'slot_paused', text: 'the schedule is paused', values: null } },
      /because the schedule is paused\.$/,
    ],
    [
      'window closed',
      { schedule: windowed.schedule, now: 23 * HOUR },
      /^p\/default does not run now, because its window is closed until 1970-01-02 08:00:00 UTC; it runs next at 1970-01-01 06:00:00 UTC\.$/,
    ],
    [
      'window closed for good',
      { schedule: windowed.schedule, now: 23 * HOUR, nextAt: null },
      /is closed until 1970-01-02 08:00:00 UTC; it has no further slot\.$/,
    ],
    [
      'paused once',
      { decisions: [decision('schedule_resumed', { lastAt: 5 * HOUR })] },
      /^p\/default ran last at 1970-01-01 01:00:00 UTC and runs next/,
    ],
    [
      'expected',
      {
        decisions: [
          decision('expectation_recovered', { values: { name: 'other' } }),
          decision('expectation_missed', { text: 'nightly: late', values: { name: 'nightly' } }),
          decision('expectation_missed', { values: { name: 'other' } }),
          decision('expectation_recovered', { values: { name: 'nightly' } }),
          decision('expectation_missed'),
        ],
      },
      /06:00:00 UTC\. Expectation nightly: late\. Expectation text of expectation_missed\.$/,
    ],
    ['skipped', { decisions: [skip] }, /^The last slot of p\/default did not run: busy\.$/],
    ['skipped first', { decisions: [skip], lastSlotAt: null }, /^The last slot of p\/default did not run: busy\.$/],
    [
      'between slots',
      { at: 1.5 * HOUR },
      /it has no slot then; the one before is .* 01:00:00 UTC; the one after .* 02:00:00 UTC\.$/,
    ],
    [
      'before and after all',
      { schedule: once.schedule, at: HOUR },
      /it has no slot then; the one after 1970-01-01 02:00:00 UTC\.$/,
    ],
    ['after the last', { schedule: once.schedule, at: 3 * HOUR }, /it has no slot then; the one before is/],
    ['fired', { at: HOUR, slotJob: { id: 'j1', createdAt: HOUR } }, /made job j1 at 1970-01-01 01:00:00 UTC\.$/],
    ['skipped slot', { at: 3 * HOUR, decisions: [skip] }, /03:00:00 UTC did not run: busy\.$/],
    ['missed slot', { at: 3 * HOUR, decisions: [missed] }, /did not run: text of slot_missed\.$/],
    ['several missed', { at: 3 * HOUR, decisions: [{ ...missed, count: 2 }] }, /did not run: text of slot_missed\.$/],
    ['in a gap', { at: 2 * HOUR, decisions: [gap] }, /did not run: text of slot_dst_gap\.$/],
    ['to come', { at: 7 * HOUR }, /is still to come: it runs at 1970-01-01 07:00:00 UTC\.$/],
    ['unrecorded', { at: 3 * HOUR }, /did not run: nothing is recorded of it/],
    ['unrecorded, no gateway', { at: 3 * HOUR, running: false }, /did not run: no gateway ran/],
  ];
  for (const [title, change, says] of cases) {
    it(`says of a schedule: ${title}`, () => {
      assert.match(explainSchedule({ ...base, ...change }).summary, says);
    });
  }
});

describe('the pause of a slot', () => {
  it('is ended by what it names', () => {
    const about = { instance: 'p', schedule: 'p/default' };
    const said = (paused?: string) =>
      adviceOn(decision('slot_paused', { ...about, values: paused === undefined ? null : { paused } }));
    assert.equal(said('gateway'), '`ductile resume` lets the gateway go on.');
    assert.equal(said('instance'), '`ductile resume p` lets its slots run again.');
    assert.equal(said('schedule'), '`ductile schedule resume p/default` lets its slots run again.');
    assert.match(said() ?? '', /ductile schedule resume <schedule>/);
  });
});

describe('explainInstance', () => {
  const base: InstanceFacts = {
    name: 'p',
    configured: { enabled: true, breaker: { threshold: 3, resetAfterMs: HOUR } },
    running: true,
    gatewayPausedAt: null,
    pausedAt: null,
    unhealthyAt: null,
    initJobId: null,
    hold: null,
    breakers: [],
    queued: 0,
    retrying: null,
    tried: null,
    decisions: [],
  };
  const breaker = { ...CLOSED, command: 'poll', failures: 3 };
  const tried = (count: number) => ({ count, nextAt: HOUR, capped: false });
  const cases: readonly (readonly [string, Partial<InstanceFacts>, RegExp])[] = [
    ['ready', { queued: 2 }, /^p is ready: .* 2 jobs are queued\.$/],
    ['all tried', { queued: 2, retrying: tried(2) }, / 2 jobs are queued; all of them failed and wait for their next/],
    ['one of them tried', { queued: 2, retrying: tried(1) }, / 2 jobs are queued; 1 of them failed and waits for its/],
    ['some tried', { queued: 3, retrying: tried(2) }, / 3 jobs are queued; 2 of them failed and wait for their next/],
    ['many tried', { queued: 9, retrying: { ...tried(2), capped: true } }, / 9 jobs are queued; at least 2 of them/],
    ['one, tried', { queued: 1, retrying: tried(1) }, / 1 job is queued; it failed and waits for its next try\.$/],
    ['none tried', { queued: 1, retrying: { count: 0, nextAt: null, capped: false } }, / 1 job is queued\.$/],
    [
      'ready, and failing',
      { tried: { id: 'j', lastError: { code: 'nonzero_exit', message: 'exited with code 1.' } } },
      /^p is ready: .* The newest job that was tried did not succeed: exited with code 1 \(nonzero_exit\)\.$/,
    ],
    ['ready, and well', { tried: { id: 'j', lastError: null } }, /^p is ready: nothing keeps its jobs from running\.$/],
    ['gone', { configured: null, queued: 1 }, /^p is not configured any more, .* 1 job is queued\.$/],
    ['all paused', { gatewayPausedAt: 0 }, /because the whole gateway is paused since/],
    ['paused', { pausedAt: 0 }, /because it is paused since/],
    ['disabled', { configured: { enabled: false, breaker: { threshold: 1, resetAfterMs: 1 } } }, /it is disabled\.$/],
    ['no gateway', { running: false }, /because no gateway runs\.$/],
    ['unhealthy', { unhealthyAt: 0, initJobId: 'i' }, /^p runs nothing but its init, which has not succeeded since/],
    ['not begun', { unhealthyAt: 0 }, /^p runs nothing but its init/],
    ['open', { breakers: [{ ...breaker, state: 'open', openedAt: 0 }] }, /is open after 3 failures in a row\.$/],
    ['open since when', { breakers: [{ ...breaker, state: 'open' }] }, /is open after 3 failures in a row\.$/],
    [
      'half open',
      { breakers: [{ ...breaker, state: 'half_open', probeJobId: 'j' }] },
      /until the probe .* has ended\.$/,
    ],
    ['probe gone', { breakers: [{ ...breaker, state: 'half_open' }] }, /until the probe .* has ended\.$/],
    ['cap', { hold: { reason: 'cap', until: null } }, /^Due jobs of p wait, because as many run/],
    ['rate', { hold: { reason: 'rate', until: 1 } }, /its rate limit is used up\.$/],
    ['suspect', { hold: { reason: 'suspect_runs', until: null } }, /runs alone\.$/],
  ];
  for (const [title, change, says] of cases) {
    it(`says of an instance: ${title}`, () => {
      assert.match(explainInstance({ ...base, ...change }).summary, says);
    });
  }
});
