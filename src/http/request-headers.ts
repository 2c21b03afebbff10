/** The headers of a request by name, in lower case; of what came more than once, the values in their order. */
export type RequestHeaders = ReadonlyMap<string, readonly string[]>;

/** Reads what the parser kept of the wire: it hides repeats of some headers, and those are what matters here. */
export function requestHeaders(raw: readonly string[]): RequestHeaders {
  const headers = new Map<string, string[]>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [raw[i + 1] ?? '']);
    else values.push(raw[i + 1] ?? '');
  }
  return headers;
}

/** One value for each name: the only one, or all of them as a list. */
export function joined(headers: RequestHeaders): Readonly<Record<string, string>> {
  return Object.fromEntries([...headers].map(([name, values]) => [name, values.join(', ')]));
}
