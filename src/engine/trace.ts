import { OperatorError } from '../domain/errors.ts';
import type { Event } from '../domain/event.ts';
import type { Job } from '../domain/job.ts';
import type { TracedEvent, TracedLineage, TraceOrigin } from '../store/port/traces.ts';
import type { EngineParts } from './parts.ts';

/** What an id was found to be. */
export interface Asked {
  readonly kind: 'job' | 'event' | 'delivery';
  readonly id: string;
}

/** What set a lineage off. */
export interface Trigger extends TraceOrigin {
  readonly kind: 'schedule' | 'webhook' | 'api' | 'cli' | 'core' | 'instance' | 'unknown';
  /** `<instance>/<schedule>`, or the name of the webhook, the token or the instance; null: there is none. */
  readonly name: string | null;
  readonly at: number | null;
  /** The event from outside that began it; null: it began with a job. */
  readonly eventId: string | null;
}

/** Everything that came of one trigger, or the part of it that fits. */
export interface Trace extends TracedLineage {
  readonly asked: Asked;
  readonly trigger: Trigger;
}

/** Traces what an id belongs to: a job, an event or a delivery. Throws OperatorError `not_found`. */
export async function trace(
  { store: { read } }: Pick<EngineParts, 'store'>,
  { id, limit }: { readonly id: string; readonly limit: number },
): Promise<Trace> {
  const found = await meant({ read }, id);
  if (found === null) {
    throw new OperatorError('not_found', `no job, event or delivery "${id}" is known, or retention has removed it`);
  }
  const { asked, jobId, rootJobId } = found;
  const root = rootJobId === null ? null : await read.job(rootJobId);
  const outsideId = found.eventId ?? root?.sourceEventId ?? null;
  const origin = await read.origin({ jobId: rootJobId, eventId: outsideId });
  const eventId = outsideId ?? origin.delivery?.eventId ?? null;
  const event = eventId === null ? null : await read.event(eventId);
  const known = [rootJobId, origin.delivery?.jobId ?? null].filter((one) => one !== null);
  const roots = [...new Set([...known, ...(eventId === null ? [] : await read.caused(eventId))])];
  const lineage = await read.trace({ roots, asked: jobId, limit });
  return {
    ...lineage,
    events: await withTrigger({ read }, { event, lineage }),
    asked,
    trigger: { ...triggerOf({ root, event, origin }), eventId },
  };
}

interface Found {
  readonly asked: Asked;
  /** The job that is asked about. */
  readonly jobId: string | null;
  readonly rootJobId: string | null;
  /** The event from outside that the lineage began with. */
  readonly eventId: string | null;
}

type Reading = Pick<EngineParts['store'], 'read'>;

async function meant({ read }: Reading, id: string): Promise<Found | null> {
  const [job, event, delivery] = await Promise.all([read.job(id), read.event(id), read.delivery(id)]);
  if (job !== null) return { asked: { kind: 'job', id }, jobId: id, rootJobId: job.rootJobId, eventId: null };
  if (event !== null) {
    const eventId = event.rootJobId === null ? id : null;
    return { asked: { kind: 'event', id }, jobId: event.jobId, rootJobId: event.rootJobId, eventId };
  }
  if (delivery === null) return null;
  const { jobId, eventId } = delivery;
  return { asked: { kind: 'delivery', id }, jobId, rootJobId: jobId, eventId };
}

/** The event from outside stands first, also when no job came of it. */
async function withTrigger(
  { read }: Reading,
  { event, lineage: { events } }: { readonly event: Event | null; readonly lineage: TracedLineage },
): Promise<readonly TracedEvent[]> {
  if (event === null || events.some(({ id }) => id === event.id)) return events;
  const { id, type, source, createdAt, jobId, attempt } = event;
  const decisions = await read.decisions({ eventId: id }, { limit: 100, cursor: null });
  return [{ id, type, source, createdAt, jobId, attempt, decisions: decisions.items.toReversed() }, ...events];
}

function triggerOf({
  root,
  event,
  origin,
}: {
  readonly root: Job | null;
  readonly event: Event | null;
  readonly origin: TraceOrigin;
}): Omit<Trigger, 'eventId'> {
  // A job that a route made of an event from outside says `route:`; the event says who sent it.
  const by = event?.source ?? root?.submittedBy ?? '';
  const [kind = '', name = null] = by.split(/:(.*)/s, 2);
  return { kind: kindOf(kind), name, at: event?.createdAt ?? root?.createdAt ?? null, ...origin };
}

function kindOf(said: string): Trigger['kind'] {
  switch (said) {
    case 'scheduler':
      return 'schedule';
    case 'webhook':
    case 'api':
    case 'cli':
    case 'core':
    case 'instance':
      return said;
    default:
      return 'unknown';
  }
}
