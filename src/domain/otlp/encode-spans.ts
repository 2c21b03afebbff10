import type { Json, JsonObject } from '../json.ts';
import type { Span } from './span.ts';

const KINDS = { producer: 4, consumer: 5 } as const satisfies Record<Span['kind'], number>;
const STATUS_ERROR = 2;
const NANOSECONDS = '000000';

/** Spans of one service as the body of a request to `/v1/traces` (OTLP 1.x, "JSON Protobuf Encoding"). */
export function encodeSpans(
  spans: readonly Span[],
  service: { readonly name: string; readonly version: string },
): JsonObject {
  const { name, version } = service;
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.name': name, 'service.version': version }) },
        scopeSpans: [{ scope: { name: 'ductile', version }, spans: spans.map(encoded) }],
      },
    ],
  };
}

function encoded({ traceId, spanId, parentSpanId, name, kind, startedAt, endedAt, attributes, error }: Span): Json {
  return {
    traceId,
    spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: `${startedAt}${NANOSECONDS}`,
    endTimeUnixNano: `${Math.max(startedAt, endedAt)}${NANOSECONDS}`,
    attributes: attributesOf(attributes),
    ...(error === null ? {} : { status: { code: STATUS_ERROR, message: error } }),
  };
}

function attributesOf(attributes: Span['attributes']): Json[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    if (value === null) return [];
    return [{ key, value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) } }];
  });
}
