import { isDeepStrictEqual } from 'node:util';
import { afterJob, type Breaker, CLOSED } from '../domain/breaker.ts';
import type { AttemptOutcome, JobDraft, JobStatus } from '../domain/job.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { RoutedEvent, Settlement } from '../domain/settlement.ts';
import { collapseKeyOf } from './collapse-key.ts';
import type { ClaimResult, Held } from './port/claims.ts';
import type { CommandOutcomes } from './port/commands.ts';
import type { InstanceRow } from './port/instances.ts';
import type { Admission, EventResult } from './port/outcomes.ts';
import type { ScheduleKey } from './port/schedules.ts';

/** A job as the model remembers it. */
export interface ModelJob {
  readonly draft: JobDraft;
  status: JobStatus;
  attempt: number;
  attemptsUsed: number;
  orphans: number;
  uncleanEnds: number;
  suspect: boolean;
  runAt: number;
  startedAt: number | null;
  completedAt: number | null;
  result: Json;
  errorCode: string | null;
  readonly outcomes: AttemptOutcome[];
  /** Failed or dead, and neither retried nor replayed since. */
  onDesk: boolean;
  replayOf: string | null;
}

interface Mark {
  readonly jobId: string;
  live: boolean;
  readonly untilAt: number;
}

/** What every store must do, said as plainly as possible: lists and maps, searched whole. */
export class StoreModel {
  readonly jobs: ModelJob[] = [];
  readonly states = new Map<string, { value: JsonObject; version: number }>();
  readonly events: string[] = [];
  readonly schedules = new Map<string, { highWaterAt: number; lastJobId: string | null }>();
  readonly breakers = new Map<string, Breaker>();
  /** Repeats by collapse key. */
  readonly repeats = new Map<string, number>();
  readonly #marks = new Map<string, Mark>();
  readonly #slots = new Set<string>();
  /** The attempt of each job that an end of the gateway was counted for. */
  readonly #counted = new Map<string, number>();
  readonly #instances: readonly InstanceRow[];
  /** Theoretical arrival time per rate-limited instance, as the literature on GCRA has it. */
  readonly #arrivals = new Map<string, number>();

  constructor(instances: readonly InstanceRow[], schedules: readonly ScheduleKey[], at: number) {
    this.#instances = instances;
    for (const key of schedules) this.schedules.set(nameOf(key), { highWaterAt: at, lastJobId: null });
  }

  job(id: string): ModelJob | undefined {
    return this.jobs.find(({ draft }) => draft.id === id);
  }

  enqueue(drafts: readonly JobDraft[]): readonly Admission[] {
    return drafts.map((draft) => this.#admit(draft));
  }

  claim(slots: number, now: number): Pick<ClaimResult, 'nextAt' | 'held'> & { readonly ids: readonly string[] } {
    const ids: string[] = [];
    while (ids.length < slots) {
      const first = this.#next(now);
      if (first === undefined) break;
      first.status = 'running';
      first.attempt++;
      first.startedAt = now;
      this.#spendRate(first.draft.instance, now);
      ids.push(first.draft.id);
    }
    const held = this.#instances.flatMap((instance) => this.#held(instance, now));
    const later = this.jobs.filter((job) => job.status === 'queued' && job.runAt > now).map((job) => job.runAt);
    const times = [...later, ...held.flatMap(({ until }) => (until === null ? [] : [until]))];
    return { ids, held, nextAt: times.length === 0 ? null : Math.min(...times) };
  }

  finish(id: string, attempt: number, settlement: Settlement): CommandOutcomes['finish'] {
    const job = this.job(id);
    if (job?.status !== 'running' || job.attempt !== attempt) return { kind: 'stale' };
    const patched = this.#patch(job.draft.instance, settlement);
    if (patched > settlement.stateLimitBytes) return { kind: 'state_too_large', bytes: patched };
    Object.assign(job, {
      status: settlement.status,
      runAt: settlement.runAt,
      attemptsUsed: settlement.attemptsUsed,
      orphans: settlement.orphans,
      uncleanEnds: settlement.uncleanEnds,
      suspect: settlement.suspect,
      completedAt: settlement.completedAt,
      errorCode: settlement.lastError?.code ?? null,
    });
    job.outcomes.push(settlement.attempt.outcome);
    job.onDesk = settlement.status === 'failed' || settlement.status === 'dead';
    if (settlement.completedAt !== null) {
      job.result = settlement.result;
      this.#unmark(job);
      this.#feedBreaker(job, settlement);
    }
    const events = settlement.events.map((routed) => this.#event(routed));
    return { kind: 'finished', events, lineageDone: this.lineageDone(job.draft.rootJobId) };
  }

  cancel(id: string, at: number): CommandOutcomes['cancel'] {
    const job = this.job(id);
    if (job === undefined) return { kind: 'unknown', lineageDone: false };
    if (job.status === 'running') return { kind: 'running', lineageDone: false };
    if (job.status !== 'queued') return { kind: 'terminal', lineageDone: this.lineageDone(job.draft.rootJobId) };
    job.status = 'cancelled';
    Object.assign(job, { completedAt: at, ...CLEARED });
    this.#unmark(job);
    this.#loseProbe(job);
    return { kind: 'cancelled', lineageDone: this.lineageDone(job.draft.rootJobId) };
  }

  retry(id: string, at: number, runAt: number): CommandOutcomes['retry'] {
    const job = this.job(id);
    if (job === undefined) return { kind: 'unknown' };
    if (job.status === 'running' || job.status === 'succeeded') return { kind: job.status };
    if (job.status === 'queued') {
      Object.assign(job, { runAt: Math.min(job.runAt, at), ...CLEARED });
      return { kind: 'queued' };
    }
    const scope = scopeOf(job.draft);
    if (scope !== null) {
      if (this.#marks.get(scope)?.live === true) return { kind: 'duplicate_active' };
      this.#mark(scope, job.draft);
    }
    const fresh = { attemptsUsed: 0, orphans: 0, completedAt: null, result: null, onDesk: false, ...CLEARED };
    Object.assign(job, { status: 'queued', runAt, ...fresh });
    return { kind: 'queued' };
  }

  replay(of: string, draft: JobDraft, unlessReplayed: boolean): CommandOutcomes['replay'] {
    const job = this.job(of);
    if (job === undefined) return { kind: 'unknown' };
    if (job.status === 'queued' || job.status === 'running') return { kind: 'active', status: job.status };
    const before = unlessReplayed ? this.replaysOf(of)[0] : undefined;
    if (before !== undefined) return { kind: 'replayed_before', jobId: before };
    this.#admit(draft, of);
    job.onDesk = false;
    return { kind: 'replayed', jobId: draft.id };
  }

  replaysOf(id: string): readonly string[] {
    return this.jobs.filter(({ replayOf }) => replayOf === id).map(({ draft }) => draft.id);
  }

  /** The gateway ended under what runs. */
  uncleanEnd(): void {
    const counted = this.#allRunning().filter(({ draft, attempt }) => this.#counted.get(draft.id) !== attempt);
    if (counted.length === 0) return;
    for (const job of counted) {
      job.uncleanEnds++;
      this.#counted.set(job.draft.id, job.attempt);
    }
    for (const job of this.jobs) if (job.status === 'queued' && !job.suspect) job.uncleanEnds = 0;
  }

  fireSlot(key: ScheduleKey, slotAt: number, draft: JobDraft, probe: boolean): CommandOutcomes['fire_slot'] {
    const slot = `${nameOf(key)}@${slotAt}`;
    if (this.#slots.has(slot)) return { kind: 'already_fired' };
    this.#slots.add(slot);
    const admission = this.#admit(draft);
    const schedule = this.schedules.get(nameOf(key));
    if (schedule !== undefined) {
      schedule.highWaterAt = Math.max(schedule.highWaterAt, slotAt);
      schedule.lastJobId = admission.jobId;
    }
    const name = `${draft.instance} ${draft.command}`;
    const breaker = this.breakers.get(name);
    if (probe && admission.kind === 'admitted' && breaker?.state === 'open') {
      this.breakers.set(name, { ...breaker, state: 'half_open', probeJobId: draft.id });
    }
    return { kind: 'fired', admission };
  }

  skipSlots(key: ScheduleKey, upTo: number): void {
    const schedule = this.schedules.get(nameOf(key));
    if (schedule !== undefined) schedule.highWaterAt = Math.max(schedule.highWaterAt, upTo);
  }

  lineageDone(root: string): boolean {
    return !this.jobs.some(
      ({ draft, status }) => draft.rootJobId === root && (status === 'queued' || status === 'running'),
    );
  }

  #admit(draft: JobDraft, replayOf: string | null = null): Admission {
    const scope = scopeOf(draft);
    const mark = scope === null ? undefined : this.#marks.get(scope);
    if (mark !== undefined && (mark.live || draft.createdAt < mark.untilAt)) {
      const job = this.job(mark.jobId);
      this.#repeat(
        collapseKeyOf('job_duplicate', [draft.instance, draft.command, draft.dedupeKey, draft.sourceEventId]),
      );
      const payloadDiffers = !isDeepStrictEqual(job?.draft.payload, draft.payload);
      return { kind: 'duplicate', jobId: mark.jobId, status: job?.status ?? 'succeeded', payloadDiffers };
    }
    if (scope !== null) this.#mark(scope, draft);
    this.jobs.push({
      draft,
      status: 'queued',
      attempt: 0,
      attemptsUsed: 0,
      orphans: 0,
      uncleanEnds: 0,
      suspect: false,
      runAt: draft.runAt,
      startedAt: null,
      completedAt: null,
      result: null,
      errorCode: null,
      outcomes: [],
      onDesk: false,
      replayOf,
    });
    return { kind: 'admitted', jobId: draft.id };
  }

  #event({ event, drafts }: RoutedEvent): EventResult {
    const key = `${event.source}/${event.id}`;
    if (this.events.includes(key)) {
      this.#repeat(collapseKeyOf('event_duplicate', [event.source, event.id, event.jobId]));
      return { eventId: event.id, duplicate: true, admissions: [] };
    }
    this.events.push(key);
    return { eventId: event.id, duplicate: false, admissions: this.enqueue(drafts) };
  }

  /** The first ordinary job, unless a suspect runs; without any, the first suspect, once nothing runs. */
  #next(now: number): ModelJob | undefined {
    const running = this.#allRunning();
    if (running.some(({ suspect }) => suspect)) return undefined;
    const claimable = this.#claimable(now);
    return claimable.find(({ suspect }) => !suspect) ?? (running.length === 0 ? claimable[0] : undefined);
  }

  #allRunning(): readonly ModelJob[] {
    return this.jobs.filter(({ status }) => status === 'running');
  }

  #claimable(now: number): ModelJob[] {
    const open = this.#instances.filter(
      (instance) => this.#running(instance.name) < instance.cap && this.#opensAt(instance) <= now,
    );
    return this.jobs
      .filter((job) => isDue(job, now) && open.some(({ name }) => name === job.draft.instance))
      .toSorted((one, other) => other.draft.priority - one.draft.priority || one.runAt - other.runAt);
  }

  #held({ name, cap, rateLimit }: InstanceRow, now: number): Held[] {
    const due = this.jobs.filter((job) => isDue(job, now) && job.draft.instance === name);
    if (due.length === 0) return [];
    const running = this.#allRunning();
    if (due.every(({ suspect }) => suspect)) {
      if (running.length > 0) return [{ instance: name, reason: 'suspect_waits', until: null }];
    } else if (running.some(({ suspect }) => suspect)) return [{ instance: name, reason: 'suspect_runs', until: null }];
    if (this.#running(name) >= cap) return [{ instance: name, reason: 'cap', until: null }];
    const opens = this.#opensAt({ name, cap, rateLimit });
    return opens > now ? [{ instance: name, reason: 'rate', until: Math.ceil(opens) }] : [];
  }

  #running(instance: string): number {
    return this.jobs.filter((job) => job.status === 'running' && job.draft.instance === instance).length;
  }

  #opensAt({ name, rateLimit }: InstanceRow): number {
    if (rateLimit === null) return 0;
    return (this.#arrivals.get(name) ?? 0) - (rateLimit.perMs - rateLimit.perMs / rateLimit.count);
  }

  #spendRate(name: string, now: number): void {
    const limit = this.#instances.find((instance) => instance.name === name)?.rateLimit;
    if (limit == null) return;
    this.#arrivals.set(name, Math.max(this.#arrivals.get(name) ?? 0, now) + limit.perMs / limit.count);
  }

  /** Merges the patch when it fits; returns the bytes of the state, 0 when nothing changed. */
  #patch(instance: string, { statePatch, stateLimitBytes }: Settlement): number {
    const before = this.states.get(instance) ?? { value: {}, version: 0 };
    const merged = Object.entries({ ...before.value, ...statePatch }).filter(([, value]) => value !== null);
    const value = Object.fromEntries(merged);
    if (isDeepStrictEqual(value, before.value)) return 0;
    const bytes = Buffer.byteLength(JSON.stringify(value));
    if (bytes <= stateLimitBytes) this.states.set(instance, { value, version: before.version + 1 });
    return bytes;
  }

  #mark(scope: string, draft: JobDraft): void {
    this.#marks.set(scope, { jobId: draft.id, live: true, untilAt: draft.createdAt + draft.dedupeWindowMs });
  }

  #unmark({ draft, status }: ModelJob): void {
    const scope = scopeOf(draft);
    const mark = scope === null ? undefined : this.#marks.get(scope);
    if (scope === null || mark?.jobId !== draft.id) return;
    if (status === 'succeeded') mark.live = false;
    else this.#marks.delete(scope);
  }

  #feedBreaker(job: ModelJob, { breaker, attempt }: Settlement): void {
    if (breaker === null) {
      this.#loseProbe(job);
      return;
    }
    const name = `${job.draft.instance} ${breaker.command}`;
    const before = this.breakers.get(name) ?? CLOSED;
    const after = afterJob(before, {
      ...breaker,
      jobId: job.draft.id,
      now: attempt.endedAt,
    });
    if (!isDeepStrictEqual(before, after)) this.breakers.set(name, after);
  }

  #loseProbe({ draft }: ModelJob): void {
    const name = `${draft.instance} ${draft.command}`;
    const breaker = this.breakers.get(name);
    if (breaker?.state === 'half_open' && breaker.probeJobId === draft.id) {
      this.breakers.set(name, { ...breaker, state: 'open', probeJobId: null });
    }
  }

  #repeat(key: string): void {
    this.repeats.set(key, (this.repeats.get(key) ?? 0) + 1);
  }
}

/** What becomes of suspicion when an operator decides about a job. */
const CLEARED = { uncleanEnds: 0, suspect: false } as const;

/** A schedule's name, as decisions have it. */
export function nameOf({ instance, id }: ScheduleKey): string {
  return `${instance}/${id}`;
}

function isDue(job: ModelJob, now: number): boolean {
  return job.status === 'queued' && job.runAt <= now;
}

function scopeOf({ instance, command, dedupeKey }: JobDraft): string | null {
  return dedupeKey === null ? null : `${instance}/${command}/${dedupeKey}`;
}
