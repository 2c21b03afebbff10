import type { Event } from '../domain/event.ts';
import type { Job } from '../domain/job.ts';
import type { AttemptRecord } from '../domain/settlement.ts';
import { nextTurn } from '../platform/next-turn.ts';
import type { Held } from '../store/port/claims.ts';
import type { StoredDecision } from '../store/port/decisions.ts';
import type { Replays } from '../store/port/desk.ts';
import type { JobSummary } from '../store/port/jobs.ts';
import type { Listed } from '../store/port/lists.ts';
import { heldForLong, heldJob } from './held-job.ts';
import { pauseKeys } from './instance-operations.ts';
import type { EngineParts } from './parts.ts';

/** One step of the way from the trigger to a job: the job, and the event that caused it. */
export interface LineageStep {
  readonly job: JobSummary;
  readonly event: Event | null;
}

/** A job with everything that is known about it. */
export interface JobDetail {
  readonly job: Job;
  readonly attempts: readonly AttemptRecord[];
  /** Events its attempts emitted. */
  readonly events: readonly Event[];
  /** Jobs its events caused. */
  readonly children: readonly JobSummary[];
  /** From the trigger's job to this one. */
  readonly lineage: readonly LineageStep[];
  /** What it runs again, and what runs it again. */
  readonly replays: Replays;
  readonly decisions: readonly StoredDecision[];
  /** What holds it, when it is due and had to wait at the last look. */
  readonly held: Held | null;
}

/** Most events that are gathered, and how many events or attempts are read in one turn of the event loop: they may be large. */
const MOST_EVENTS = 1_000;
const A_TURN = 20;

/** Gathers everything about a job; `held`: what the dispatcher had to leave waiting at its last look, null where nobody dispatches. */
export async function jobDetail(
  parts: Pick<EngineParts, 'store' | 'clock'>,
  { job, held }: { readonly job: Job; readonly held: readonly Held[] | null },
): Promise<JobDetail> {
  const { read } = parts.store;
  const { id } = job;
  const [attempts, events, children, lineage, decisions, standings, replays] = await Promise.all([
    attemptsOf(parts, id),
    eventsOf(parts, id),
    read.children(id),
    lineageOf(parts, job),
    read.decisions({ jobId: id }, { limit: 100, cursor: null }),
    read.standings(),
    read.replays(id),
  ]);
  const now = parts.clock.now();
  const long = heldForLong(job, { standings, now });
  return {
    job,
    attempts,
    events: events.toReversed(),
    children,
    lineage,
    replays,
    decisions: [...(long === null ? [] : await reasons(parts, long)), ...decisions.items],
    held: long ?? (held === null ? null : heldJob(job, { held, now })),
  };
}

async function attemptsOf({ store: { read } }: Pick<EngineParts, 'store'>, jobId: string) {
  const attempts: AttemptRecord[] = [];
  for (;;) {
    const from = (attempts.at(-1)?.attempt ?? 0) + 1;
    const page = await read.attemptsFrom({ jobId, from, limit: A_TURN });
    attempts.push(...page);
    if (page.length < A_TURN) return attempts;
    await nextTurn();
  }
}

/** Newest first. */
async function eventsOf({ store: { read } }: Pick<EngineParts, 'store'>, jobId: string) {
  const events: Event[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: Listed<Event> = await read.events({ type: null, source: null, jobId }, { limit: A_TURN, cursor });
    events.push(...page.items);
    if (page.nextCursor === null || events.length >= MOST_EVENTS) return events;
    cursor = page.nextCursor;
    await nextTurn();
  }
}

async function lineageOf({ store: { read } }: Pick<EngineParts, 'store'>, job: Job): Promise<readonly LineageStep[]> {
  const steps: LineageStep[] = [];
  for (let at: Job | null = job; at !== null; at = at.parentJobId === null ? null : await read.job(at.parentJobId)) {
    steps.unshift({ job: at, event: at.sourceEventId === null ? null : await read.event(at.sourceEventId) });
  }
  return steps;
}

/** The decisions that hold every job of the instance, made once for all of them. */
async function reasons(
  parts: Pick<EngineParts, 'store'>,
  { instance, reason }: Held,
): Promise<readonly StoredDecision[]> {
  const keys = reason === 'unhealthy' ? [`instance_unhealthy:${instance}`] : pauseKeys(instance);
  const found = await Promise.all(
    keys.map((collapseKey) => parts.store.read.decisions({ collapseKey }, { limit: 1, cursor: null })),
  );
  return found.flatMap(({ items }) => items);
}
