import type { Event } from '../event.ts';
import type { AttemptOutcome, Job, JobError, JobStatus } from '../job.ts';
import type { Span } from './span.ts';

/** An attempt that is over, with what caused its job. */
export interface EndedAttempt {
  readonly job: Job;
  readonly event: Event | null;
  readonly outcome: AttemptOutcome;
  readonly status: JobStatus;
  readonly error: JobError | null;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What spans are made with. */
export interface SpanContext {
  /** A digest of at least 32 lower-case hexadecimal digits. */
  readonly digest: (text: string) => string;
  readonly mask: (text: string) => string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The trace of a lineage: the id of its root job without the dashes. */
export function traceIdOf(rootJobId: string, digest: SpanContext['digest']): string {
  return UUID.test(rootJobId) ? rootJobId.replaceAll('-', '') : digest(rootJobId).slice(0, 32);
}

/** True when a trace is among the share `sample` (0 to 1) of all; every gateway says the same of one trace. */
export function isSampled(traceId: string, sample: number): boolean {
  return Number.parseInt(traceId.slice(-8), 16) < sample * 2 ** 32;
}

/**
 * The span of an attempt, before it that of the trigger when it is the first of its lineage. Its parent is the attempt
 * that emitted the event which made the job, or the trigger.
 */
export function lineageSpans(ended: EndedAttempt, { digest, mask }: SpanContext): readonly Span[] {
  const { job, event, outcome, status, error, startedAt, endedAt } = ended;
  const traceId = traceIdOf(job.rootJobId, digest);
  const idOf = (what: string): string => digest(what).slice(0, 16);
  const trigger = idOf(`trigger ${job.rootJobId}`);
  const isRoot = job.id === job.rootJobId;
  const cause = event?.jobId == null || event.attempt === null ? null : idOf(`${event.jobId} ${event.attempt}`);
  const attempt: Span = {
    traceId,
    spanId: idOf(`${job.id} ${job.attempt}`),
    parentSpanId: isRoot ? trigger : (cause ?? trigger),
    name: `${job.instance} ${job.command}`,
    kind: 'consumer',
    startedAt,
    endedAt,
    attributes: {
      'ductile.instance': job.instance,
      'ductile.plugin': job.plugin,
      'ductile.command': job.command,
      'ductile.job_id': job.id,
      'ductile.attempt': job.attempt,
      'ductile.outcome': outcome,
      'ductile.status': status,
      'ductile.submitted_by': job.submittedBy,
      'ductile.event_type': event === null ? null : mask(event.type),
      'error.type': error === null ? null : mask(error.code),
    },
    error: error === null ? null : mask(error.message),
  };
  if (!isRoot || job.attempt !== 1) return [attempt];
  const began: Span = {
    traceId,
    spanId: trigger,
    parentSpanId: null,
    name: triggerName(job, event),
    kind: 'producer',
    startedAt: job.createdAt,
    endedAt: startedAt,
    attributes: { 'ductile.root_job_id': job.rootJobId, 'ductile.submitted_by': job.submittedBy },
    error: null,
  };
  return [began, attempt];
}

/** What began a lineage: `schedule backup/nightly`, `webhook github`, `event photo.taken`, `api laptop`, `cli`. */
function triggerName({ submittedBy }: Job, event: Event | null): string {
  if (event !== null) return `event ${event.type}`;
  const [producer = '', ...rest] = submittedBy.split(':');
  const kind = producer === 'scheduler' ? 'schedule' : producer;
  return [kind, ...rest].join(' ');
}
