import assert from 'node:assert/strict';
import fc from 'fast-check';
import { errorFingerprint } from '../domain/error-fingerprint.ts';
import type { JobDraft } from '../domain/job.ts';
import type { RoutedEvent, Settlement } from '../domain/settlement.ts';
import { type Action, action, type Finish, NAMES, type NewJob } from './contract-actions.ts';
import { type ModelJob, nameOf, StoreModel } from './contract-model.ts';
import {
  attemptOf,
  draftOf,
  eventOf,
  failure,
  instanceOf,
  request,
  retryLater,
  type StoreFixture,
  settlementOf,
  T0,
} from './contract-values.ts';
import type { Store } from './port.ts';

const INSTANCES = [
  instanceOf('alpha', { cap: 2 }),
  instanceOf('beta', { cap: 1 }),
  instanceOf('gamma', { rateLimit: { count: 2, perMs: 1_000 } }),
];
const SCHEDULE = { instance: 'beta', id: 'hourly' };
const BREAKER = { threshold: 1, resetAfterMs: 1_000 };
const FAILURE = { code: 'not_found', message: 'no such thing' };
const ORPHANED: Finish = { do: 'finish', pick: 0, late: false, ending: 'orphaned', patch: null, events: [] };

/** Runs random sequences of commands against a store and the model, comparing all that can be seen after each. */
export async function agreesWithModel(open: () => Promise<StoreFixture>, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 45, size: 'max' }), async (actions) => {
      const fixture = await open();
      try {
        await new Walk(fixture).all(actions);
      } finally {
        await fixture.dispose();
      }
    }),
    { numRuns: runs, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false },
  );
}

/** One sequence on its way. */
class Walk {
  readonly #fixture: StoreFixture;
  readonly #model = new StoreModel(INSTANCES, [SCHEDULE], T0);
  #store: Store;
  #now = T0;
  #ids = 0;

  constructor(fixture: StoreFixture) {
    this.#fixture = fixture;
    this.#store = fixture.store;
  }

  async all(actions: readonly Action[]): Promise<void> {
    const schedules = [{ ...SCHEDULE, hash: 'h' }];
    await this.#store.commit({ kind: 'sync', instances: INSTANCES, schedules, at: T0 });
    for (const step of actions) {
      await this.#step(step);
      await this.#compare();
    }
  }

  async #step(step: Action): Promise<void> {
    const now = this.#now;
    switch (step.do) {
      case 'enqueue': {
        const drafts = step.jobs.map((job) => this.#draft(job));
        assert.deepEqual(await this.#store.commit({ kind: 'enqueue', drafts }), this.#model.enqueue(drafts));
        return;
      }
      case 'claim':
        return this.#claim(step.slots);
      case 'finish':
        return this.#finish(step);
      case 'cancel': {
        const jobId = this.#pick(step.pick);
        assert.deepEqual(
          await this.#store.commit({ kind: 'cancel', jobId, at: now, routed: null }),
          this.#model.cancel(jobId, now),
        );
        return;
      }
      case 'retry': {
        const jobId = this.#pick(step.pick);
        const runAt = now + step.delayMs;
        assert.deepEqual(
          await this.#store.commit({ kind: 'retry', jobId, at: now, runAt, by: 'cli' }),
          this.#model.retry(jobId, now, runAt),
        );
        return;
      }
      case 'replay':
        return this.#replay(step);
      case 'fire': {
        const draft = { ...this.#draft({ ...step.job, instance: 'beta' }), submittedBy: 'scheduler:beta/hourly' };
        const slotAt = T0 + step.slot * 300;
        assert.deepEqual(
          await this.#store.commit({
            kind: 'fire_slot',
            schedule: SCHEDULE,
            slotAt,
            draft,
            decisions: [],
            probe: step.probe,
          }),
          this.#model.fireSlot(SCHEDULE, slotAt, draft, step.probe),
        );
        return;
      }
      case 'skip': {
        const upTo = T0 + step.slot * 300;
        await this.#store.commit({ kind: 'skip_slots', schedule: SCHEDULE, upTo, decisions: [], routed: null });
        this.#model.skipSlots(SCHEDULE, upTo);
        return;
      }
      case 'wait':
        this.#now += step.ms;
        return;
      case 'reopen':
        this.#store = await this.#fixture.reopen();
        return;
      case 'unclean_end':
        for (let end = 1; end < step.times; end += 1) {
          await this.#uncleanEnd(true);
          await this.#claim(4);
        }
        return this.#uncleanEnd(step.recovered);
      default:
        return step satisfies never;
    }
  }

  async #replay({ pick, unlessReplayed }: Extract<Action, { do: 'replay' }>): Promise<void> {
    const of = this.#pick(pick);
    const original = this.#model.job(of)?.draft;
    this.#ids++;
    const id = `job-${String(this.#ids).padStart(4, '0')}`;
    const draft = { ...(original ?? draftOf(id)), id, dedupeKey: null, runAt: this.#now, createdAt: this.#now };
    assert.deepEqual(
      await this.#store.commit({ kind: 'replay', of, draft, by: 'cli', edited: false, unlessReplayed }),
      this.#model.replay(of, draft, unlessReplayed),
    );
  }

  async #claim(slots: number): Promise<void> {
    const found = await this.#store.claim(request({ slots, now: this.#now }));
    const expected = this.#model.claim(slots, this.#now);
    assert.deepEqual(
      found.jobs.map(({ job }) => job.id),
      expected.ids,
    );
    if (expected.ids.length === 0) {
      assert.deepEqual({ nextAt: found.nextAt, held: found.held }, { nextAt: expected.nextAt, held: expected.held });
    }
    for (const { job, state, stateVersion, previousAttempts, event } of found.jobs) {
      const known = this.#model.job(job.id);
      const before = this.#model.states.get(job.instance) ?? { value: {}, version: 0 };
      assert.deepEqual({ value: state, version: stateVersion }, before);
      assert.deepEqual(
        previousAttempts.map(({ outcome }) => outcome),
        known?.outcomes,
      );
      assert.deepEqual([job.status, job.attempt, job.owner], ['running', known?.attempt, 'gateway']);
      assert.equal(job.leaseExpiresAt, this.#now + 60_000);
      assert.equal(event?.id ?? null, job.sourceEventId);
    }
  }

  /** An end of the gateway; `recovered` false: the next one ended before it had settled what was running. */
  async #uncleanEnd(recovered: boolean): Promise<void> {
    await this.#store.commit({ kind: 'unclean_end' });
    this.#model.uncleanEnd();
    const left = recovered ? this.#model.jobs.filter(({ status }) => status === 'running') : [];
    for (const job of left) await this.#end(job, ORPHANED);
  }

  async #finish(step: Finish): Promise<void> {
    const running = this.#model.jobs.filter(({ status }) => status === 'running');
    const job = running[step.pick % Math.max(running.length, 1)];
    if (job !== undefined) await this.#end(job, step);
  }

  async #end(job: ModelJob, step: Finish): Promise<void> {
    const jobId = job.draft.id;
    const attempt = step.late ? job.attempt - 1 : job.attempt;
    const settlement = this.#settlement(step, job, attempt);
    assert.deepEqual(
      await this.#store.commit({ kind: 'finish', jobId, attempt, settlement }),
      this.#model.finish(jobId, attempt, settlement),
    );
  }

  #settlement(
    step: Finish,
    { draft: job, attemptsUsed: used, orphans, uncleanEnds, suspect }: ModelJob,
    attempt: number,
  ): Settlement {
    const now = this.#now;
    const shared = { attemptsUsed: used + 1, orphans, statePatch: step.patch, stateLimitBytes: 100 };
    const ended = { ...shared, runAt: now, completedAt: now, breaker: this.#breaker(step, job) };
    switch (step.ending) {
      case 'succeeded': {
        const events = step.events.map((event) => this.#routed(event, job, attempt));
        return settlementOf(attempt, { ...ended, result: { attempt }, events });
      }
      case 'retry':
        return { ...retryLater(attempt, now + 300), ...shared };
      case 'failed':
        return failure(attempt, ended);
      case 'dead':
        return failure(attempt, { ...ended, status: 'dead' });
      case 'cancelled':
        return { ...failure(attempt, ended), status: 'cancelled', breaker: null };
      case 'orphaned':
        return {
          ...retryLater(attempt, now),
          ...shared,
          attemptsUsed: used,
          orphans: orphans + 1,
          uncleanEnds,
          suspect: suspect || uncleanEnds > 1,
          attempt: attemptOf(attempt, { outcome: 'orphaned', endedAt: now }),
        };
      default:
        throw new Error(step.ending);
    }
  }

  #breaker(step: Finish, job: JobDraft): Settlement['breaker'] {
    if (!job.submittedBy.startsWith('scheduler:')) return null;
    return { command: job.command, succeeded: step.ending === 'succeeded', policy: BREAKER, routed: null };
  }

  #routed({ id, jobs }: Finish['events'][number], parent: JobDraft, attempt: number): RoutedEvent {
    const event = eventOf(id, {
      source: `instance:${parent.instance}`,
      jobId: parent.id,
      attempt,
      createdAt: this.#now,
    });
    const drafts = jobs.map((job) => ({
      ...this.#draft(job),
      submittedBy: 'route:r',
      parentJobId: parent.id,
      rootJobId: parent.rootJobId,
      sourceEventId: id,
      depth: parent.depth + 1,
    }));
    return { event, drafts, decisions: [] };
  }

  async #compare(): Promise<void> {
    const { read } = this.#store;
    for (const job of this.#model.jobs) {
      const found = await read.job(job.draft.id);
      const { draft, outcomes, errorCode, onDesk: _, replayOf, ...rest } = job;
      assert.ok(found !== null);
      assert.deepEqual(
        { ...found, lastError: found.lastError?.code ?? null },
        {
          ...withoutWindow(draft),
          ...rest,
          owner: job.status === 'running' ? 'gateway' : null,
          leaseExpiresAt: job.status === 'running' ? (job.startedAt ?? 0) + 60_000 : null,
          lastError: errorCode,
        },
      );
      assert.deepEqual(
        (await read.attempts(draft.id)).map(({ outcome }) => outcome),
        outcomes,
      );
      assert.deepEqual(await read.replays(draft.id), { replayOf, replays: this.#model.replaysOf(draft.id) });
      const children = this.#model.jobs.filter((child) => child.draft.parentJobId === draft.id);
      assert.deepEqual(
        (await read.children(draft.id)).map(({ id }) => id),
        children.map((child) => child.draft.id),
      );
    }
    await this.#compareTheRest();
  }

  async #compareTheRest(): Promise<void> {
    const { read } = this.#store;
    const model = this.#model;
    const events = await read.events({ type: null, source: null, jobId: null }, { limit: 100, cursor: null });
    assert.deepEqual(
      events.items.map(({ source, id }) => `${source}/${id}`),
      model.events.toReversed(),
    );
    for (const name of NAMES) {
      assert.deepEqual(await read.state(name), model.states.get(name) ?? { value: {}, version: 0 });
    }
    const repeats = await read.decisions({}, { limit: 100, cursor: null });
    const counted = repeats.items.flatMap(({ collapseKey, count }) =>
      collapseKey === null ? [] : [[collapseKey, count]],
    );
    assert.deepEqual(Object.fromEntries(counted), Object.fromEntries(model.repeats));
    await this.#compareDesk();
    const [schedule] = await read.schedules();
    assert.deepEqual(
      { highWaterAt: schedule?.highWaterAt, lastJobId: schedule?.lastJobId },
      model.schedules.get(nameOf(SCHEDULE)),
    );
    for (const { instance, command, ...breaker } of await read.breakers()) {
      assert.deepEqual(breaker, model.breakers.get(`${instance} ${command}`));
    }
    const counts = await read.counts(this.#now);
    for (const { instance, status, count } of counts) {
      const jobs = model.jobs.filter((job) => job.draft.instance === instance && job.status === status);
      assert.equal(count, jobs.length, `${instance} ${status}`);
    }
    assert.equal(
      counts.reduce((sum, { count }) => sum + count, 0),
      model.jobs.length,
    );
    const waits = model.jobs.filter(
      ({ status, attemptsUsed, runAt }) => status === 'queued' && attemptsUsed > 0 && runAt > this.#now,
    );
    const { instances } = await read.retrying(this.#now);
    assert.equal(
      instances.reduce((sum, { count }) => sum + count, 0),
      waits.length,
    );
    for (const { instance, count, nextAt } of instances) {
      const own = waits.filter(({ draft }) => draft.instance === instance);
      assert.deepEqual([count, nextAt], [own.length, Math.min(...own.map(({ runAt }) => runAt))]);
    }
  }

  async #compareDesk(): Promise<void> {
    const { items } = await this.#store.read.deadGroups(null, { limit: 100, cursor: null });
    const found = items.flatMap(({ fingerprint, count }) => [[fingerprint, count]] as const);
    const expected = new Map<string, number>();
    for (const { draft, errorCode } of this.#model.jobs.filter(({ onDesk }) => onDesk)) {
      // Every failure of the walk has the same error.
      assert.equal(errorCode, FAILURE.code);
      const fingerprint = errorFingerprint({ ...draft, error: FAILURE });
      expected.set(fingerprint, (expected.get(fingerprint) ?? 0) + 1);
    }
    assert.deepEqual(new Map(found), expected);
  }

  #draft(job: NewJob): JobDraft {
    this.#ids++;
    return draftOf(`job-${String(this.#ids).padStart(4, '0')}`, {
      instance: job.instance,
      payload: job.payload,
      priority: job.priority,
      runAt: this.#now + job.delayMs,
      dedupeKey: job.key,
      dedupeWindowMs: job.windowMs,
      createdAt: this.#now,
    });
  }

  #pick(choice: number): string {
    return this.#model.jobs[choice % Math.max(this.#model.jobs.length, 1)]?.draft.id ?? 'nobody';
  }
}

function withoutWindow({ dedupeWindowMs: _, ...draft }: JobDraft): Omit<JobDraft, 'dedupeWindowMs'> {
  return draft;
}
