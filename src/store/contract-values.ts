import type { Decision } from '../domain/decision.ts';
import type { Event } from '../domain/event.ts';
import type { JobDraft } from '../domain/job.ts';
import type { AttemptRecord, Settlement } from '../domain/settlement.ts';
import type { Delivery } from '../domain/webhook/delivery.ts';
import type { ClaimRequest } from './port/claims.ts';
import type { InstanceRow } from './port/instances.ts';
import type { Store } from './port.ts';

/** The instant that the suite counts from. */
export const T0 = 1_700_000_000_000;

/** An opened store under test. */
export interface StoreFixture {
  readonly store: Store;
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<Store>;
  /** Closes the store and removes its data. */
  dispose(): Promise<void>;
}

/** A draft that is due at T0, but for what `changes` says; its root is itself. */
export function draftOf(id: string, changes: Partial<JobDraft> = {}): JobDraft {
  return {
    id,
    instance: 'alpha',
    plugin: 'plugin',
    command: 'handle',
    payload: { from: id },
    priority: 0,
    maxAttempts: 5,
    runAt: T0,
    dedupeKey: null,
    dedupeWindowMs: 86_400_000,
    idempotencyKey: `effect-${id}`,
    submittedBy: 'cli',
    parentJobId: null,
    rootJobId: id,
    sourceEventId: null,
    depth: 0,
    timeoutMs: null,
    fromCore: false,
    configVersion: '0123456789abcdef',
    createdAt: T0,
    ...changes,
  };
}

/** An attempt that succeeded at T0 + 5, but for what `changes` says. */
export function attemptOf(attempt: number, changes: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    attempt,
    outcome: 'succeeded',
    startedAt: T0,
    endedAt: T0 + 5,
    pid: 4711,
    exitCode: 0,
    signal: null,
    stderr: 'a line\nand a NUL \0 byte',
    stderrBytes: 23,
    stderrFile: null,
    rawOutput: null,
    response: { status: 'ok' },
    truncated: false,
    error: null,
    logs: [{ level: 'info', message: 'done', fields: { n: 1 } }],
    logsDropped: 0,
    warnings: [],
    retryAt: null,
    configVersion: '0123456789abcdef',
    stateVersion: 0,
    ...changes,
  };
}

/** The settlement of an attempt that succeeded at T0 + 5, but for what `changes` says. */
export function settlementOf(attempt: number, changes: Partial<Settlement> = {}): Settlement {
  return {
    status: 'succeeded',
    runAt: T0,
    attemptsUsed: 1,
    orphans: 0,
    uncleanEnds: 0,
    suspect: false,
    completedAt: T0 + 5,
    result: null,
    lastError: null,
    attempt: attemptOf(attempt),
    statePatch: null,
    stateLimitBytes: 1_048_576,
    events: [],
    decisions: [],
    health: null,
    breaker: null,
    ...changes,
  };
}

/** The settlement of an attempt that failed, to be run again at `runAt`. */
export function retryLater(attempt: number, runAt: number): Settlement {
  const error = { code: 'unavailable', message: 'not now' };
  return settlementOf(attempt, {
    status: 'queued',
    runAt,
    completedAt: null,
    lastError: error,
    attempt: attemptOf(attempt, { outcome: 'failed', error, retryAt: runAt }),
  });
}

/** The settlement of an attempt after which the job is `failed`. */
export function failure(attempt: number, changes: Partial<Settlement> = {}): Settlement {
  const error = { code: 'not_found', message: 'no such thing' };
  return settlementOf(attempt, {
    status: 'failed',
    lastError: error,
    attempt: attemptOf(attempt, { outcome: 'failed', error }),
    ...changes,
  });
}

/** An event from the instance `alpha`, but for what `changes` says. */
export function eventOf(id: string, changes: Partial<Event> = {}): Event {
  return {
    id,
    type: 'thing.happened',
    source: 'instance:alpha',
    payload: { id },
    occurredAt: T0,
    createdAt: T0,
    dedupeKey: null,
    jobId: null,
    attempt: null,
    rootJobId: null,
    depth: 0,
    fromCore: false,
    ...changes,
  };
}

/** A delivery to the endpoint `github` with an id of its sender, but for what `changes` says. */
export function deliveryOf(id: string, changes: Partial<Delivery> = {}): Delivery {
  return {
    id,
    endpoint: 'github',
    receivedAt: T0,
    remote: '203.0.113.7',
    senderId: `sent-${id}`,
    fingerprint: null,
    dedupe: true,
    headers: {},
    query: {},
    contentType: 'application/json',
    format: 'json',
    passesBody: false,
    body: new TextEncoder().encode('{}'),
    ...changes,
  };
}

/** A decision about the route `r`, but for what `changes` says. */
export function decisionOf(changes: Partial<Decision> = {}): Decision {
  return {
    code: 'route_condition_false',
    at: T0,
    text: 'The condition was false.',
    jobId: null,
    eventId: null,
    instance: 'alpha',
    schedule: null,
    route: 'r',
    values: { kg: 80 },
    collapseKey: null,
    ...changes,
  };
}

/** An instance without limits to speak of, but for what `changes` says. */
export function instanceOf(name: string, changes: Partial<InstanceRow> = {}): InstanceRow {
  return { name, cap: 100, rateLimit: null, ...changes };
}

/** Names the instances to the store; no schedules. */
export async function syncInstances(store: Store, instances: readonly InstanceRow[]): Promise<void> {
  await store.commit({ kind: 'sync', instances, schedules: [], at: T0 });
}

/** A claim of one job at T0, but for what `changes` says. */
export function request(changes: Partial<ClaimRequest> = {}): ClaimRequest {
  return { slots: 1, owner: 'gateway', now: T0, leaseMs: 60_000, only: null, ...changes };
}

/** Claims and returns the ids in order. */
export async function claimIds(store: Store, changes: Partial<ClaimRequest> = {}): Promise<readonly string[]> {
  const { jobs } = await store.claim(request(changes));
  return jobs.map(({ job }) => job.id);
}

/** Claims a queued job and finishes it. */
export async function runToEnd(store: Store, id: string, settlement: Settlement): Promise<void> {
  await store.claim(request({ only: id, now: T0 }));
  await store.commit({ kind: 'finish', jobId: id, attempt: settlement.attempt.attempt, settlement });
}

/** Registers one test of the suite with a fresh store. */
export type WithStore = (title: string, body: (store: Store, fixture: StoreFixture) => Promise<void>) => void;
