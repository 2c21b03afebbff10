const TRACES = '/v1/traces';

/** Where traces go: the endpoint itself when it says so, else `/v1/traces` below it, as OpenTelemetry's own exporters do. */
export function tracesUrl(endpoint: string): string {
  const [, address = endpoint, query = ''] = /^([^?#]*)(\?[^#]*)?/.exec(endpoint) ?? [];
  const base = address.replace(/\/+$/, '');
  return `${base.endsWith(TRACES) ? base : `${base}${TRACES}`}${query}`;
}
