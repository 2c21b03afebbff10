import type { Job } from '../domain/job.ts';
import type { RejectionReason } from '../domain/webhook/rejection.ts';
import type { WebhookSettings } from '../domain/webhook/settings.ts';
import type { DeliveryResult } from '../store/port/deliveries.ts';
import type { Enqueue } from './enqueue.ts';
import { type Received, receive } from './inbox.ts';
import type { EngineParts } from './parts.ts';
import { createRejections } from './rejections.ts';

export type { DeliveryResult } from '../store/port/deliveries.ts';

/** What a listener for webhooks asks of the gateway. */
export interface Webhooks {
  /** Of the snapshot in force. */
  settings(): WebhookSettings;
  /** Throws OperatorError when nothing is taken at present; null: something is, and nothing had to be read for that. */
  checkRoom(): Promise<void> | null;
  /** Takes a verified delivery in; resolves once it is durable. */
  receive(received: Received): Promise<DeliveryResult>;
  /** The job once it has ended, or as it stands after `timeoutMs` or when `signal` aborts. */
  wait(jobId: string, timeoutMs: number, signal: AbortSignal): Promise<Job>;
  /** Counts a request that was not taken. */
  refused(request: { readonly endpoint: string; readonly reason: RejectionReason; readonly remote: string }): void;
  /** Writes what was counted. */
  stop(): Promise<void>;
}

/** The webhooks of a gateway at work. */
export function createWebhooks(
  parts: EngineParts,
  {
    enqueue,
    wait,
    answered,
  }: {
    readonly enqueue: Enqueue;
    readonly wait: Webhooks['wait'];
    /** Hears how each request was answered. */
    readonly answered: (webhook: string, verdict: 'accepted' | 'repeated' | RejectionReason) => void;
  },
): Webhooks {
  const rejections = createRejections(parts);
  const log = parts.log.child('webhooks');
  return {
    settings: () => parts.snapshot().webhooks,
    checkRoom: () => enqueue.checkRoom(),
    async receive(received) {
      const result = await receive(parts, enqueue, received);
      answered(received.endpoint.name, result.repeat ? 'repeated' : 'accepted');
      log.debug(result.repeat ? 'a delivery came again' : 'a delivery was taken', {
        webhook: received.endpoint.name,
        delivery_id: result.id,
        ...(result.jobId === null ? {} : { job_id: result.jobId }),
        ...(result.eventId === null ? {} : { event_id: result.eventId }),
      });
      return result;
    },
    wait,
    refused(request) {
      rejections.note(request);
      answered(request.endpoint, request.reason);
    },
    stop: rejections.stop,
  };
}
