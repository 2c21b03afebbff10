import { OperatorError } from '../domain/errors.ts';
import { type AttemptOutcome, isTerminal, type Job, type JobError, type JobStatus } from '../domain/job.ts';
import type { PluginLog } from '../domain/response.ts';
import type { AttemptRecord } from '../domain/settlement.ts';
import { readSlice } from '../platform/read-slice.ts';
import type { LiveText } from '../runner/live-text.ts';
import { attemptMarker } from './attempt.ts';
import type { EngineParts } from './parts.ts';

/** Bytes of stderr that are told at a time. */
const SLICE_BYTES = 32_768;
/** How long to wait for news before looking all the same, in milliseconds. */
const LOOK_AGAIN_MS = 5_000;

/** What a job said, piece by piece. */
export type LogPart =
  | { readonly kind: 'attempt'; readonly attempt: number; readonly startedAt: number | null }
  /** A piece of the text, cut anywhere between two characters. */
  | { readonly kind: 'stderr'; readonly attempt: number; readonly text: string }
  | ({ readonly kind: 'log'; readonly attempt: number } & PluginLog)
  | {
      readonly kind: 'attempt_ended';
      readonly attempt: number;
      readonly outcome: AttemptOutcome;
      readonly endedAt: number;
      readonly durationMs: number;
      readonly error: JobError | null;
      readonly retryAt: number | null;
      /** Log entries that were too many to keep. */
      readonly logsDropped: number;
    }
  /** Nothing more is told; the job stands so. */
  | { readonly kind: 'end'; readonly status: JobStatus };

/** Which logs are wanted. */
export interface LogRequest {
  readonly jobId: string;
  /** Null: of every attempt. */
  readonly attempt: number | null;
  /** True: goes on while the job may say more; false: ends with what there is. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

type Needed = Pick<EngineParts, 'store' | 'bus' | 'clock' | 'liveOutput'>;

/**
 * What a job says: of each attempt its stderr, masked, and then its log entries. The text of an attempt in progress is
 * told as it comes. Nothing is read ahead. Throws OperatorError `not_found`.
 */
export async function* jobLogs(parts: Needed, request: LogRequest): AsyncGenerator<LogPart, void, undefined> {
  const { jobId, attempt: only, follow, signal } = request;
  const news = newsOf(parts, { jobId, signal });
  try {
    for (let next = only ?? 1; !signal.aborted; ) {
      const asked = news.next();
      const [recorded] = await parts.store.read.attemptsFrom({ jobId, from: next, limit: 1 });
      if (recorded !== undefined && (only === null || recorded.attempt === only)) {
        yield { kind: 'attempt', attempt: recorded.attempt, startedAt: recorded.startedAt };
        yield* stderrOf(recorded);
        yield* rest(recorded);
        next = recorded.attempt + 1;
      } else {
        const job = await jobOrThrow(parts, jobId);
        const live = job.status === 'running' && job.attempt >= next ? liveOf(parts, job) : null;
        if (live !== null) {
          yield { kind: 'attempt', attempt: job.attempt, startedAt: job.startedAt };
          for (let text: LiveText | null = live; text !== null; ) {
            yield* said(text, { attempt: job.attempt, follow, signal });
            const then: Afterwards | null = follow ? await afterwards(parts, { job, text, news, signal }) : null;
            if (then?.recorded !== undefined) yield* rest(then.recorded);
            text = then?.text ?? null;
          }
          next = job.attempt + 1;
        } else if (!follow || isTerminal(job.status) || (only !== null && job.attempt > only)) {
          yield { kind: 'end', status: job.status };
          return;
        } else {
          await asked;
          continue;
        }
        if (!follow) {
          yield { kind: 'end', status: job.status };
          return;
        }
      }
      if (only !== null) {
        yield { kind: 'end', status: (await jobOrThrow(parts, jobId)).status };
        return;
      }
    }
  } finally {
    news.forget();
  }
}

/** Attempts with what they said, oldest first. */
export interface JobLogs {
  readonly job: Job;
  readonly attempts: readonly AttemptRecord[];
  /** The end of what the attempt in progress has said so far, where that is known. */
  readonly saying: { readonly attempt: number; readonly stderr: string; readonly bytes: number } | null;
  /** The number that the next page begins with; null: there is none. */
  readonly next: number | null;
}

/** A page of what a job said, without the fuller texts. Throws OperatorError `not_found`. */
export async function jobLogsPage(
  parts: Needed,
  { jobId, from, limit }: { readonly jobId: string; readonly from: number; readonly limit: number },
): Promise<JobLogs> {
  const job = await jobOrThrow(parts, jobId);
  const found = await parts.store.read.attemptsFrom({ jobId, from, limit: limit + 1 });
  const attempts = found.slice(0, limit);
  const more = found.length > limit;
  const live = more || job.status !== 'running' || job.attempt < from ? null : liveOf(parts, job);
  const bytes = live?.length() ?? 0;
  const tail = live?.read(Math.max(bytes - SLICE_BYTES, 0), SLICE_BYTES) ?? new Uint8Array(0);
  const saying = live === null ? null : { attempt: job.attempt, stderr: new TextDecoder().decode(tail), bytes };
  return { job, attempts, saying, next: more ? (found.at(-1)?.attempt ?? null) : null };
}

async function jobOrThrow({ store }: Pick<Needed, 'store'>, id: string): Promise<Job> {
  const job = await store.read.job(id);
  if (job !== null) return job;
  throw new OperatorError('not_found', `no job "${id}"`);
}

function liveOf({ liveOutput }: Pick<Needed, 'liveOutput'>, job: Job): LiveText | null {
  return liveOutput.of(attemptMarker(job));
}

/** The text of an attempt in progress; with `follow` until it has ended. */
async function* said(
  live: LiveText,
  { attempt, follow, signal }: { readonly attempt: number; readonly follow: boolean; readonly signal: AbortSignal },
): AsyncGenerator<LogPart, void, undefined> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for (let at = 0; !signal.aborted; ) {
    const { grown, forget } = growthOf(live, signal);
    try {
      const ended = live.ended();
      const bytes = live.read(at, SLICE_BYTES);
      at += bytes.length;
      const text = decoder.decode(bytes, { stream: true });
      if (text !== '') yield { kind: 'stderr', attempt, text };
      if (bytes.length > 0) continue;
      if (ended || !follow) return;
      await grown;
    } finally {
      forget();
    }
  }
}

function growthOf(live: LiveText, signal: AbortSignal): { readonly grown: Promise<void>; readonly forget: () => void } {
  const { promise: grown, resolve } = Promise.withResolvers<void>();
  const tell = (): void => resolve();
  const unwatch = live.watch(tell);
  signal.addEventListener('abort', tell, { once: true });
  const forget = (): void => {
    unwatch();
    signal.removeEventListener('abort', tell);
  };
  return { grown, forget };
}

interface Afterwards {
  readonly recorded?: AttemptRecord;
  readonly text?: LiveText;
}

/**
 * What follows the text of an attempt: its record once the end is stored, or another text, when its program had to be
 * started again; null when the signal aborts.
 */
async function afterwards(
  parts: Needed,
  {
    job,
    text,
    news,
    signal,
  }: { readonly job: Job; readonly text: LiveText; readonly news: News; readonly signal: AbortSignal },
): Promise<Afterwards | null> {
  while (!signal.aborted) {
    const asked = news.next();
    const live = liveOf(parts, job);
    if (live !== null && live !== text) return { text: live };
    const [recorded] = await parts.store.read.attemptsFrom({ jobId: job.id, from: job.attempt, limit: 1 });
    if (recorded !== undefined) return { recorded };
    await asked;
  }
  return null;
}

/** The stderr of an attempt that is over: the fuller text where there is one. */
function* stderrOf({ attempt, stderr, stderrFile }: AttemptRecord): Generator<LogPart, void, undefined> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let at = 0;
  while (stderrFile !== null) {
    const bytes = readSlice(stderrFile, at, SLICE_BYTES);
    if (bytes === null || bytes.length === 0) break;
    at += bytes.length;
    yield { kind: 'stderr', attempt, text: decoder.decode(bytes, { stream: true }) };
  }
  if (at === 0 && stderr !== '') yield { kind: 'stderr', attempt, text: stderr };
}

function* rest(record: AttemptRecord): Generator<LogPart, void, undefined> {
  const { attempt, logs, logsDropped, outcome, startedAt, endedAt, error, retryAt } = record;
  for (const log of logs) yield { kind: 'log', attempt, ...log };
  const durationMs = endedAt - startedAt;
  yield { kind: 'attempt_ended', attempt, outcome, endedAt, durationMs, error, retryAt, logsDropped };
}

interface News {
  /** Resolves with the next news about the job from this call on, at the latest when it is time to look all the same. */
  next(): Promise<void>;
  forget(): void;
}

function newsOf(
  { bus, clock, liveOutput }: Needed,
  { jobId, signal }: { readonly jobId: string; readonly signal: AbortSignal },
): News {
  let arrived = Promise.withResolvers<void>();
  let cancelTimer = (): void => {};
  const tell = (): void => arrived.resolve();
  const unsubscribe = bus.subscribe((news) => {
    if (news.jobId === jobId) tell();
  });
  const unwatch = liveOutput.watch((marker) => {
    if (marker.startsWith(`${jobId}.`)) tell();
  });
  signal.addEventListener('abort', tell, { once: true });
  return {
    next() {
      cancelTimer();
      if (!signal.aborted) arrived = Promise.withResolvers<void>();
      cancelTimer = clock.after(LOOK_AGAIN_MS, tell);
      return arrived.promise;
    },
    forget() {
      cancelTimer();
      unsubscribe();
      unwatch();
      signal.removeEventListener('abort', tell);
    },
  };
}
