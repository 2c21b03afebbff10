import type { Event } from '../event.ts';
import type { JobStatus } from '../job.ts';
import { explainEvent } from './explain-event.ts';
import { type Because, clock, distinct, type Explanation, fact, type Recorded } from './explanation.ts';

/** What is known about a delivery that was taken. */
export interface DeliveryFacts {
  readonly delivery: {
    readonly id: string;
    readonly endpoint: string;
    readonly receivedAt: number;
    readonly remote: string;
    readonly repeats: number;
    readonly lastRepeatAt: number | null;
    readonly jobId: string | null;
    /** Null: retention has removed the job. */
    readonly jobStatus: JobStatus | null;
    readonly eventId: string | null;
  };
  /** The event that it became, with what was decided on it, newest first; null: none, or it is not kept. */
  readonly event: { readonly event: Event; readonly decisions: readonly Recorded[] } | null;
}

/** What became of a delivery. */
export function explainDelivery({ delivery, event }: DeliveryFacts): Explanation {
  const { id, endpoint, receivedAt, remote, repeats, lastRepeatAt, jobId, eventId } = delivery;
  const came: Because = {
    ...fact('delivery', `it came from ${remote}`, { webhook: endpoint, remote }),
    at: receivedAt,
  };
  const again = `it came again ${repeats === 1 ? 'once' : `${repeats} times`}, which made nothing new`;
  const repeated: Because = { code: 'delivery_repeat', at: lastRepeatAt, count: repeats, text: again, values: null };
  const story = event === null ? null : explainEvent(event);
  const about = `Delivery ${id} came to ${endpoint} at ${clock(receivedAt)}`;
  return {
    kind: 'webhook',
    id,
    summary: `${about} and ${becameText(delivery)}${story === null ? '' : ` ${story.summary}`}${repeats === 0 ? '' : ` It ${again.slice(3)}.`}`,
    because: [came, ...(repeats === 0 ? [] : [repeated]), ...(story?.because ?? [])],
    next: null,
    todo: distinct([
      ...(story?.todo ?? []),
      jobId === null ? null : `\`ductile explain ${jobId}\` tells about the job.`,
      eventId === null ? null : `\`ductile explain ${eventId}\` tells about the event.`,
      redeliver(delivery),
    ]),
  };
}

function becameText({ jobId, jobStatus, eventId }: DeliveryFacts['delivery']): string {
  if (jobId !== null)
    return `became job ${jobId}, ${jobStatus === null ? 'which is not kept any more' : `which is ${jobStatus}`}.`;
  if (eventId !== null) return `became event ${eventId}.`;
  return 'was only observed, so it made nothing.';
}

function redeliver({ id, jobId, jobStatus, eventId }: DeliveryFacts['delivery']): string | null {
  if (jobId === null && eventId === null) return `\`ductile webhook redeliver ${id}\` runs it.`;
  const bad = jobStatus === 'failed' || jobStatus === 'dead' || jobStatus === 'cancelled';
  return bad ? `\`ductile webhook redeliver ${id}\` queues its job again.` : null;
}
