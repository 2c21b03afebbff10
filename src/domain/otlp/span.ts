/** What happened between two instants, as OpenTelemetry calls it; ids are lower-case hexadecimal digits. */
export interface Span {
  /** 32 digits. */
  readonly traceId: string;
  /** 16 digits. */
  readonly spanId: string;
  /** Null: it is the root of its trace. */
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: 'producer' | 'consumer';
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** What is null is left out. */
  readonly attributes: Readonly<Record<string, string | number | null>>;
  /** Why it failed; null: it did not. */
  readonly error: string | null;
}
