import type { RateLimit } from '../../domain/instance.ts';
import { addressGroup } from '../../domain/webhook/address-test.ts';
import type { Endpoint } from '../../domain/webhook/endpoint.ts';
import { createBuckets } from '../../domain/webhook/token-bucket.ts';
import type { Clock } from '../../platform/clock.ts';
import { refusal } from './refusal.ts';

/** Addresses that are remembered. */
const MOST_ADDRESSES = 10_000;

/** How much one client, and one endpoint, may ask for. */
export interface RequestLimits {
  /** Throws a refusal (429) when the address has asked too often. */
  address(limit: RateLimit, address: string): void;
  /** The same for the authenticated requests of an endpoint. */
  endpoint(endpoint: Endpoint): void;
}

type Buckets = ReturnType<typeof createBuckets>;

/** Limits that keep their count across reloads while they stay the same. */
export function createRequestLimits(clock: Clock): RequestLimits {
  const known = new Map<string, { readonly limit: RateLimit; readonly buckets: Buckets }>();

  function bucketsOf(name: string, limit: RateLimit, most: number): Buckets {
    const before = known.get(name);
    if (before !== undefined && before.limit.count === limit.count && before.limit.perMs === limit.perMs) {
      return before.buckets;
    }
    const buckets = createBuckets(limit, { most });
    known.set(name, { limit, buckets });
    return buckets;
  }

  function take(buckets: Buckets, key: string, reason: 'address_limit' | 'endpoint_limit'): void {
    const taken = buckets.take(key, clock.monotonic());
    if (taken.ok) return;
    const seconds = String(Math.max(1, Math.ceil(taken.retryAfterMs / 1_000)));
    throw refusal(reason, { code: 'too_many_requests', headers: { 'retry-after': seconds } });
  }

  return {
    address: (limit, address) => take(bucketsOf('', limit, MOST_ADDRESSES), addressGroup(address), 'address_limit'),
    endpoint({ name, rateLimit }) {
      if (rateLimit !== null) take(bucketsOf(name, rateLimit, 1), name, 'endpoint_limit');
    },
  };
}
