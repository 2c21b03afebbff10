import type { Meter } from './condition-run.ts';
import { isAwaited, type RoutingContext } from './core-event.ts';
import type { Event } from './event.ts';
import { isTerminal, type Job, type JobError, type JobStatus } from './job.ts';
import { maskRouted } from './mask-decision.ts';
import type { EmittedEvent } from './response.ts';
import { type Emitter, routeEvent } from './route.ts';
import { newRouteMeter } from './route-meter.ts';
import type { RoutedEvent } from './settlement.ts';

/** The job that events are about, and everything their routing may depend on. */
export interface JobEventsInput {
  readonly job: EventfulJob;
  readonly context: RoutingContext;
  readonly now: number;
  readonly newId: () => string;
}

/** What an event tells and inherits of its job. */
type EventfulJob = Emitter & Pick<Job, 'attempt' | 'depth' | 'priority' | 'fromCore'>;

/** An event of a response with the jobs it leads to. */
export function routeEmitted(input: JobEventsInput, meter: Meter, emitted: EmittedEvent): RoutedEvent {
  const { job, now, newId } = input;
  return route(input, meter, {
    id: emitted.eventId ?? newId(),
    type: emitted.type,
    source: `instance:${job.instance}`,
    payload: emitted.payload,
    occurredAt: emitted.occurredAt ?? now,
    dedupeKey: emitted.dedupeKey,
    fromCore: job.fromCore,
  });
}

/**
 * The core's own event about a job that ended (`ductile.job.<status>`), or null when the job goes on or nothing waits
 * for it. What such an event causes makes no further ones.
 */
export function routeEnd(
  input: JobEventsInput,
  { status, error }: { readonly status: JobStatus; readonly error: JobError | null },
  meter: Meter = newRouteMeter(),
): RoutedEvent | null {
  const { job, now, newId } = input;
  if (!isTerminal(status) || job.fromCore) return null;
  const routed = route(input, meter, {
    id: newId(),
    type: `ductile.job.${status}`,
    source: 'core',
    payload: {
      job_id: job.id,
      instance: job.instance,
      command: job.command,
      status,
      attempt: job.attempt,
      error: error === null ? null : { code: error.code, message: error.message },
    },
    occurredAt: now,
    dedupeKey: null,
    fromCore: true,
  });
  return isAwaited(routed, input.context) ? routed : null;
}

/** The core's own event about the circuit breaker of a scheduled job's command; null when nothing waits for it. */
export function routeBreaker(input: JobEventsInput, change: 'opened' | 'closed', meter: Meter): RoutedEvent | null {
  const { job, now, newId } = input;
  const routed = route(input, meter, {
    id: newId(),
    type: `ductile.breaker.${change}`,
    source: 'core',
    payload: { instance: job.instance, command: job.command, job_id: job.id },
    occurredAt: now,
    dedupeKey: null,
    fromCore: true,
  });
  return isAwaited(routed, input.context) ? routed : null;
}

/** The core's own event about an instance whose `init` ended (`ductile.instance.*`); null when no route waits for it. */
export function routeHealth(
  input: JobEventsInput,
  { healthy, error }: { readonly healthy: boolean; readonly error: JobError | null },
  meter: Meter,
): RoutedEvent | null {
  const { job, now, newId } = input;
  const routed = route(input, meter, {
    id: newId(),
    type: healthy ? 'ductile.instance.healthy' : 'ductile.instance.unhealthy',
    source: 'core',
    payload: {
      instance: job.instance,
      job_id: job.id,
      error: error === null ? null : { code: error.code, message: error.message },
    },
    occurredAt: now,
    dedupeKey: null,
    fromCore: true,
  });
  return isAwaited(routed, input.context) ? routed : null;
}

function route(
  { job, context, now, newId }: JobEventsInput,
  meter: Meter,
  event: Pick<Event, 'id' | 'type' | 'source' | 'payload' | 'occurredAt' | 'dedupeKey' | 'fromCore'>,
): RoutedEvent {
  const { routes, instance: targets, redactor, maxDepth, dedupeWindowMs, configVersion } = context;
  const routed = routeEvent({
    event: {
      ...event,
      createdAt: now,
      jobId: job.id,
      attempt: job.attempt === 0 ? null : job.attempt,
      rootJobId: job.rootJobId,
      depth: job.depth,
    },
    emitter: job,
    routes,
    targets,
    maxDepth,
    dedupeWindowMs,
    priority: job.priority,
    configVersion,
    now,
    newId,
    meter,
    mask: (text) => redactor.text(text),
  });
  return maskRouted(routed, redactor);
}
