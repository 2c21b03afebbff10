import type { RateLimit } from '../instance.ts';
import type { AddressTest } from './address-test.ts';
import type { Endpoint } from './endpoint.ts';

/** The `webhooks` section, compiled. */
export interface WebhookSettings {
  /** What the world calls the listener; null: it was not said. */
  readonly publicUrl: string | null;
  /** As written. */
  readonly trustedProxies: readonly string[];
  /** Proxies whose forwarding headers are believed. */
  readonly trusted: AddressTest;
  /** Of each client's requests. */
  readonly addressLimit: RateLimit;
  readonly endpoints: readonly Endpoint[];
}

/** No endpoints. */
export const NO_WEBHOOKS: WebhookSettings = {
  publicUrl: null,
  trustedProxies: [],
  trusted: () => false,
  addressLimit: { count: 600, perMs: 60_000 },
  endpoints: [],
};
