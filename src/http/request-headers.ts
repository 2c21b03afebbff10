/** The headers of a request, names in lower case. */
export interface RequestHeaders {
  /** One value for each name: the only one, or all of them as a list. */
  readonly values: Readonly<Record<string, string>>;
  /** What came more than once. */
  readonly repeated: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** Reads what the parser kept of the wire: it hides repeats of some headers, and those are what matters here. */
export function requestHeaders(raw: readonly string[]): RequestHeaders {
  // Without a prototype: a header may be called `constructor`.
  const values: Record<string, string> = Object.create(null);
  let repeated: Set<string> | null = null;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    const value = raw[i + 1] ?? '';
    const before = values[name];
    values[name] = before === undefined ? value : `${before}, ${value}`;
    if (before !== undefined) repeated = (repeated ?? new Set<string>()).add(name);
  }
  return { values, repeated: repeated ?? NONE };
}
