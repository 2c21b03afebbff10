/** The `api` section, but for its address. */
export interface ApiSettings {
  /** Somebody wrote the address down. Nobody is kept from starting by one that nobody chose. */
  readonly listenChosen: boolean;
  /** Scheme, host and port that browsers call the API by, without a slash at the end; null: it was not said. */
  readonly publicUrl: string | null;
  /** Further names of this host, in lower case. */
  readonly hosts: readonly string[];
  /** Programs on this machine may read without a token. */
  readonly openReading: boolean;
}

/** Where nothing is configured. */
export const API_DEFAULTS: ApiSettings = { listenChosen: false, publicUrl: null, hosts: [], openReading: false };

/** True for an address of this machine alone: `127.0.0.1`, `::1`, also as an IPv6 form of the former. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address);
}

/** True for `host:port` at a loopback address or `localhost`. */
export function isLoopbackPlace(listen: string): boolean {
  const { host } = placeOf(listen);
  return host.toLowerCase() === 'localhost' || isLoopbackAddress(host);
}

/** An address as the configuration writes it: `host:port`, IPv6 in brackets, which are left out here. */
export function placeOf(listen: string): { readonly host: string; readonly port: number } {
  const colon = listen.lastIndexOf(':');
  return { host: listen.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(listen.slice(colon + 1)) };
}
