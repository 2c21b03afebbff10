import { type ApiSettings, isLoopbackAddress, placeOf } from '../domain/api-settings.ts';

/** What a request says about where it goes and comes from, each header as it was sent; null: not sent. */
export interface RequestOrigin {
  readonly host: string | null;
  readonly origin: string | null;
  readonly fetchSite: string | null;
  /** The address of ours that the connection was made to. */
  readonly localAddress: string;
}

/** What this gateway is called. */
export interface OwnNames {
  /** `host:port` of the configuration; null: a listener of a test. */
  readonly listen: string | null;
  readonly settings: Pick<ApiSettings, 'hosts' | 'publicUrl'>;
}

const HOST = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})(?::\d{1,5})?$/;
/** Addresses that stand for any; nobody calls a gateway by one. */
const ANY = ['0.0.0.0', '::'];

/**
 * True when the host that a request names is this gateway: a loopback name, the address it listens at or was reached at,
 * or a configured name, each with any port, which a tunnel may change. A page that had its own name point here names itself.
 */
export function namesThisHost({ host, localAddress }: Omit<RequestOrigin, 'origin'>, own: OwnNames): boolean {
  const written = HOST.exec(host ?? '')?.[1]?.toLowerCase() ?? null;
  if (written === null) return false;
  const name = written.replace(/^\[|\]$/g, '');
  if (name === 'localhost' || isLoopbackAddress(name)) return true;
  const known = [
    plain(localAddress),
    own.listen === null ? '' : placeOf(own.listen).host.toLowerCase(),
    own.settings.publicUrl === null ? '' : new URL(own.settings.publicUrl).hostname,
    ...own.settings.hosts,
  ];
  return !ANY.includes(name) && known.includes(name);
}

/** True when no page of another origin made the request, as far as browsers tell: programs tell nothing of the kind. */
export function isOwnOrigin({ host, origin, fetchSite }: RequestOrigin, { settings }: OwnNames): boolean {
  if (fetchSite !== null && !['same-origin', 'none'].includes(fetchSite.toLowerCase())) return false;
  if (origin === null) return true;
  const written = origin.toLowerCase();
  return written === `http://${(host ?? '').toLowerCase()}` || written === settings.publicUrl;
}

function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').toLowerCase();
}
