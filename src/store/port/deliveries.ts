import type { JobStatus } from '../../domain/job.ts';
import type { Delivery } from '../../domain/webhook/delivery.ts';

/** What a delivery became; both null when it was only observed. */
export interface Became {
  readonly jobId: string | null;
  readonly eventId: string | null;
}

/** What the inbox made of a delivery; of a repeat, what the first one became. */
export interface DeliveryResult extends Became {
  /** Of the delivery, or of the first one. */
  readonly id: string;
  readonly repeat: boolean;
  /** True: the job of the first one had ended badly and is queued again. */
  readonly retried: boolean;
}

/** A delivery as the inbox lists it. */
export interface DeliverySummary extends Became {
  readonly id: string;
  readonly endpoint: string;
  readonly receivedAt: number;
  readonly remote: string;
  readonly senderId: string | null;
  /** Null while it has no job, or retention has removed that. */
  readonly jobStatus: JobStatus | null;
  readonly bodyBytes: number;
  /** How often it was delivered again, and when last. */
  readonly repeats: number;
  readonly lastRepeatAt: number | null;
}

/** A delivery with everything that was kept of it. */
export type StoredDelivery = DeliverySummary &
  Pick<Delivery, 'headers' | 'query' | 'contentType' | 'format' | 'passesBody' | 'body'>;

/** Which deliveries a list shows. */
export interface DeliveryFilter {
  readonly endpoint: string | null;
  /** True: only those whose job has ended badly. */
  readonly failed: boolean;
}

/** How much came in through an endpoint since some instant. */
export interface WebhookCounts {
  readonly endpoint: string;
  readonly accepted: number;
  /** Repeats of deliveries that were repeated since. */
  readonly repeated: number;
  /** To the hour. */
  readonly rejected: number;
  readonly lastAt: number;
}
