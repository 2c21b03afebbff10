import { attemptError } from './attempt-errors.ts';
import type { Meter } from './condition-run.ts';
import type { RoutingContext } from './core-event.ts';
import type { Decision } from './decision.ts';
import type { Instance } from './instance.ts';
import { healthOf } from './instance-health.ts';
import {
  type AttemptOutcome,
  isTerminal,
  type Job,
  type JobError,
  type JobStatus,
  type Transition,
  transition,
} from './job.ts';
import { routeBreaker, routeEmitted, routeEnd } from './job-events.ts';
import { isJsonObject } from './json.ts';
import { createLeakNotes, type LeakNotes, leakWarnings } from './leak.ts';
import type { KeptResponse, Run } from './outcome.ts';
import type { Redactor } from './redact.ts';
import type { EmittedEvent, PluginLog, Response } from './response.ts';
import { backoffMs, judge, type Verdict } from './retry.ts';
import { newRouteMeter } from './route-meter.ts';
import type { AttemptRecord, RoutedEvent, Settlement } from './settlement.ts';
import type { Steps } from './steps.ts';

/** Orphaned attempts a job may have; one more and it is dead. */
export const MAX_ORPHANS = 10;

/** So many ends of the gateway in a row at which a job was running make it a suspect. */
export const SUSPECT_ENDS = 2;

/** What is done of a response between two steps: events, log entries, and the work of routes. */
const EVENTS_PER_STEP = 20;
const LOGS_PER_STEP = 100;
const ROUTE_STEPS = 20_000;
const ROUTE_BYTES = 1_048_576;

/** A running job, how its attempt ended, and everything the decision may depend on. */
export interface SettleInput {
  readonly job: Job;
  readonly run: Run;
  readonly kept: KeptResponse;
  readonly stateVersion: number;
  /** The instance as the attempt ran it; null: it was not configured any more. */
  readonly instance: Instance | null;
  /** What its events are routed by: the snapshot in force at the end, since new jobs come of them. */
  readonly context: RoutingContext;
  /** The snapshot's version that the attempt ran with. */
  readonly configVersion: string;
  readonly now: number;
  /** Of the instance as the attempt knew it, see `Instance`; null: it has no `init`. */
  readonly initHash: string | null;
  /** One draw from [0, 1). */
  readonly random: number;
  readonly newId: () => string;
}

/** Turns whatever became of an attempt into everything that its finish commits, in steps, since a response may be large. */
export function* settle(input: SettleInput): Steps<Settlement> {
  const { job, run, context, now } = input;
  const leaks = createLeakNotes(run.leaks);
  const instance = input.instance ?? undefined;
  const idempotent = instance?.manifest.commands.get(job.command)?.idempotent ?? true;
  const speaks = instance?.program.kind === 'exec' ? 'exit_code' : 'protocol';
  const verdict = maskError(
    judge(run.outcome, run.evidence, { idempotent, speaks }),
    leaks.at('error', context.redactor),
  );
  const next = nextStep(input, verdict, instance);
  const response = run.outcome.kind === 'answered' ? run.outcome.response : null;
  const succeeded = next.status === 'succeeded';
  const result = succeeded ? yield* leaks.at('result', context.redactor).jsonSteps(response?.result ?? null) : null;
  const lastError = succeeded ? null : (next.error ?? verdict.error);
  const meter = newRouteMeter();
  const routing = succeeded ? yield* routeAll(input, { events: response?.events ?? [], meter }) : [];
  const end = routeEnd(input, { status: next.status, error: lastError }, meter);
  return {
    status: next.status,
    runAt: next.runAt,
    attemptsUsed: next.attemptsUsed,
    orphans: next.orphans,
    uncleanEnds: next.uncleanEnds,
    suspect: next.suspect,
    completedAt: isTerminal(next.status) ? now : null,
    result,
    lastError,
    attempt: yield* attemptRecord(input, verdict, {
      leaks,
      lastError,
      retryAt: next.status === 'queued' ? next.runAt : null,
    }),
    statePatch: response?.stateUpdates ?? null,
    stateLimitBytes: instance?.limits.stateBytes ?? 0,
    events: [...routing, ...(end === null ? [] : [end])],
    decisions: orphanDecisions(input, next),
    health: healthOf(input, { status: next.status, error: lastError }, meter),
    breaker: breakerNews(input, { status: next.status, meter }),
  };
}

/** Routes events in the order of the response. */
function* routeAll(
  input: SettleInput,
  { events, meter }: { readonly events: readonly EmittedEvent[]; readonly meter: Meter },
): Steps<readonly RoutedEvent[]> {
  const routed: RoutedEvent[] = [];
  let before = { ...meter };
  for (const emitted of events) {
    const spent = before.steps - meter.steps > ROUTE_STEPS || before.bytes - meter.bytes > ROUTE_BYTES;
    if (spent || (routed.length + 1) % EVENTS_PER_STEP === 0) {
      yield;
      before = { ...meter };
    }
    routed.push(routeEmitted(input, meter, emitted));
  }
  return routed;
}

interface NextStep {
  readonly status: JobStatus;
  readonly runAt: number;
  readonly attemptsUsed: number;
  readonly orphans: number;
  readonly uncleanEnds: number;
  readonly suspect: boolean;
  /** Replaces the attempt's own error on the job. */
  readonly error?: JobError;
}

function nextStep({ job, run, now, random }: SettleInput, verdict: Verdict, instance: Instance | undefined): NextStep {
  const step = (by: Transition, change: Partial<NextStep> = {}): NextStep => {
    const status = transition('running', by);
    if (status === null) throw new Error(`no transition "${by}" from running`);
    return {
      status,
      runAt: job.runAt,
      attemptsUsed: job.attemptsUsed + 1,
      orphans: job.orphans,
      // A suspect that ran alone while the gateway lived is none.
      uncleanEnds: job.suspect || isTerminal(status) ? 0 : job.uncleanEnds,
      suspect: false,
      ...change,
    };
  };
  const uncounted = { attemptsUsed: job.attemptsUsed };
  switch (verdict.next.kind) {
    case 'done':
      return step('succeed');
    case 'cancelled':
      return step('cancel', uncounted);
    case 'never':
      // A command that runs at most once is not run again, but neither did it use up an attempt.
      return step('fail', isUncounted(verdict.outcome) ? uncounted : {});
    case 'release': {
      if (run.outcome.kind !== 'orphaned') return step('release', { ...uncounted, runAt: now });
      const orphaned = { ...uncounted, orphans: job.orphans + 1 };
      const error = noMoreOrphans(job, orphaned.orphans);
      if (error !== null) return step('exhaust', { ...orphaned, error });
      const { uncleanEnds } = job;
      return step('release', { ...orphaned, runAt: now, uncleanEnds, suspect: uncleanEnds >= SUSPECT_ENDS });
    }
    case 'backoff':
    case 'after': {
      const used = job.attemptsUsed + 1;
      if (used >= job.maxAttempts || instance === undefined) return step('exhaust');
      const delay = verdict.next.kind === 'after' ? verdict.next.ms : backoffMs(instance.retry, used, random);
      return step('retry_later', { runAt: now + delay });
    }
    /* node:coverage ignore next 2 */
    default:
      return verdict.next satisfies never;
  }
}

/** True for ends that neither the plugin nor the job is to blame for. */
function isUncounted(outcome: AttemptOutcome): boolean {
  return outcome === 'orphaned' || outcome === 'interrupted';
}

/** Why an orphaned job is not run again; null: it is. */
function noMoreOrphans(job: Job, orphans: number): JobError | null {
  if (job.suspect) {
    const message =
      `the gateway ended ${job.uncleanEnds} times in a row while this job was running, the last time with nothing ` +
      'beside it; it is not run again: look what it does to the gateway (memory, a kill), mend that, then retry it';
    return attemptError('poison', message);
  }
  if (orphans <= MAX_ORPHANS) return null;
  return attemptError(
    'orphan_limit',
    `the gateway ended ${orphans} times while this job was running; it is not run again`,
  );
}

function* attemptRecord(
  { job, run, kept, stateVersion, configVersion, context }: SettleInput,
  verdict: Verdict,
  end: { readonly leaks: LeakNotes; readonly lastError: JobError | null; readonly retryAt: number | null },
): Steps<AttemptRecord> {
  const response: Response | null = run.outcome.kind === 'answered' ? run.outcome.response : null;
  const redactor = end.leaks.at('logs', context.redactor);
  const logs: PluginLog[] = [];
  for (const [index, entry] of (response?.logs ?? []).entries()) {
    if (index > 0 && index % LOGS_PER_STEP === 0) yield;
    logs.push(maskLog(entry, redactor));
  }
  const warnings = (response?.warnings ?? []).map((warning) => context.redactor.text(warning));
  return {
    ...run.evidence,
    response: kept.response,
    truncated: kept.truncated,
    attempt: job.attempt,
    outcome: verdict.outcome,
    error: verdict.error ?? end.lastError,
    logs,
    logsDropped: response?.logsDropped ?? 0,
    warnings: [...warnings, ...leakWarnings(end.leaks.list()).map((warning) => context.redactor.text(warning))],
    retryAt: end.retryAt,
    configVersion,
    stateVersion,
  };
}

function breakerNews(
  input: SettleInput,
  { status, meter }: { readonly status: JobStatus; readonly meter: Meter },
): Settlement['breaker'] {
  const { job, instance } = input;
  const scheduled = job.submittedBy.startsWith('scheduler:');
  if (!scheduled || instance === null || !isTerminal(status) || status === 'cancelled') return null;
  const succeeded = status === 'succeeded';
  const routed = routeBreaker(input, succeeded ? 'closed' : 'opened', meter);
  return { command: job.command, succeeded, policy: instance.breaker, routed };
}

function maskError(verdict: Verdict, redactor: Redactor): Verdict {
  if (verdict.error === null) return verdict;
  return {
    ...verdict,
    error: { code: redactor.text(verdict.error.code), message: redactor.text(verdict.error.message) },
  };
}

/** Why a job runs again that nobody asked to run again, and how. */
function orphanDecisions(
  { job, run, now }: SettleInput,
  { status, suspect, uncleanEnds }: NextStep,
): readonly Decision[] {
  if (run.outcome.kind !== 'orphaned') return [];
  const about = {
    at: now,
    jobId: job.id,
    eventId: null,
    instance: job.instance,
    schedule: null,
    route: null,
    collapseKey: null,
  };
  const then = status === 'queued' ? 'it runs again' : `it is ${status}`;
  const text = `the gateway ended while attempt ${job.attempt} was running; ${then}`;
  const orphaned: Decision = { ...about, code: 'job_orphaned', text, values: { attempt: job.attempt } };
  if (!suspect) return [orphaned];
  const why = `the gateway ended ${uncleanEnds} times in a row while this job was running; it runs alone, after the others`;
  return [orphaned, { ...about, code: 'suspect_waits', text: why, values: { unclean_ends: uncleanEnds } }];
}

function maskLog(entry: PluginLog, redactor: Redactor): PluginLog {
  const fields = redactor.json(entry.fields);
  return { level: entry.level, message: redactor.text(entry.message), fields: isJsonObject(fields) ? fields : {} };
}
