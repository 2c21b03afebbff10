import type { AddressTest } from './address-test.ts';
import { isNetwork } from './address-test.ts';

/** Who a request comes from, as far as proxies say and are trusted. */
export interface ForwardedRequest {
  /** The other end of the connection. */
  readonly socket: string;
  /** `X-Forwarded-For` and `Forwarded` (RFC 7239), all of them joined by commas; null: not sent. */
  readonly forwardedFor: string | null;
  readonly forwarded: string | null;
  readonly trusted: AddressTest;
}

/** The address nearest to us that no trusted proxy has: whatever stands further left may be made up. */
export function clientAddress({ socket, forwardedFor, forwarded, trusted }: ForwardedRequest): string {
  let client = plain(socket);
  for (const hop of hopsOf({ forwardedFor, forwarded }).toReversed()) {
    if (!trusted(client)) return client;
    if (hop === null) return client;
    client = hop;
  }
  return client;
}

/** From the client to us; null for what is no address. */
function hopsOf({
  forwardedFor,
  forwarded,
}: Pick<ForwardedRequest, 'forwardedFor' | 'forwarded'>): readonly (string | null)[] {
  if (forwardedFor !== null) return forwardedFor.split(',').map((hop) => addressOf(hop.trim()));
  if (forwarded === null) return [];
  return forwarded.split(',').map((element) => {
    const node = /(?:^|;)\s*for=(?:"([^"]*)"|([^;\s]*))/i.exec(element);
    return addressOf(node?.[1] ?? node?.[2] ?? '');
  });
}

/** An address without port and brackets; null for what is none, such as `unknown`. */
function addressOf(text: string): string | null {
  const address = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
  return !address.includes('/') && isNetwork(address) ? plain(address) : null;
}

/** IPv4 as people write it, also where a socket for both kinds tells it as IPv6. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').toLowerCase();
}
