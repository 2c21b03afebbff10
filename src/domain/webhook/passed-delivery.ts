import type { Delivery } from './delivery.ts';

/** What an attempt of the job that a delivery became is told of it. */
export interface PassedDelivery extends Pick<Delivery, 'endpoint' | 'headers' | 'query'> {
  /** Exactly as it came; null: the plugin is not passed the raw body. */
  readonly body: Uint8Array | null;
}
