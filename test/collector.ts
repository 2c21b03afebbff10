import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** A span as a collector decodes it. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly error: string | null;
}

/** How a collector answers a request; null: not at all. */
export type CollectorAnswer = { readonly status: number; readonly body?: string } | null;

/** A collector of OTLP over HTTP on loopback that refuses what a real one would. */
export interface Collector {
  readonly url: string;
  /** Spans that it took, in order. */
  readonly spans: readonly CollectedSpan[];
  readonly requests: readonly {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly spans: number;
  }[];
  /** The resource of the latest request. */
  readonly service: Readonly<Record<string, string | number>>;
  answerWith(answer: CollectorAnswer): void;
  /** Resolves when so many requests have come. */
  asked(count: number): Promise<void>;
}

/** A collector that takes everything, until the test is over. */
export async function collector(t: TestContext): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders; spans: number }[] = [];
  let service: Readonly<Record<string, string | number>> = {};
  let answer: CollectorAnswer = { status: 200, body: '{}' };
  let heard = (): void => {};
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const decoded = decode(text);
      requests.push({
        path: `${request.method} ${request.url}`,
        headers: request.headers,
        spans: decoded.spans.length,
      });
      if (answer?.status === 200) {
        spans.push(...decoded.spans);
        ({ service } = decoded);
      }
      if (answer !== null)
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body ?? '');
      heard();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    get service() {
      return service;
    },
    answerWith(next) {
      answer = next;
    },
    asked: (count) =>
      new Promise((resolve) => {
        heard = () => {
          if (requests.length >= count) resolve();
        };
        heard();
      }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads a request as its JSON encoding is specified; whatever is not so fails the test. */
function decode(text: string): { spans: CollectedSpan[]; service: Readonly<Record<string, string | number>> } {
  const { resourceSpans, ...rest } = JSON.parse(text) as Fields;
  assert.deepEqual(rest, {});
  const spans: CollectedSpan[] = [];
  let service: Readonly<Record<string, string | number>> = {};
  for (const { resource, scopeSpans } of resourceSpans as Fields[]) {
    service = attributesOf((resource as Fields)['attributes']);
    for (const scope of scopeSpans as Fields[]) {
      for (const span of scope['spans'] as Fields[]) spans.push(spanOf(span));
    }
  }
  return { spans, service };
}

function spanOf(span: Fields): CollectedSpan {
  const { traceId, spanId, parentSpanId, name, kind, startTimeUnixNano, endTimeUnixNano, attributes, status, ...rest } =
    span;
  assert.deepEqual(rest, {});
  assert.match(String(traceId), /^(?!0{32})[0-9a-f]{32}$/);
  assert.match(String(spanId), /^(?!0{16})[0-9a-f]{16}$/);
  if (parentSpanId !== undefined) assert.match(String(parentSpanId), /^[0-9a-f]{16}$/);
  for (const at of [startTimeUnixNano, endTimeUnixNano])
    assert.ok(typeof at === 'string' && /^\d{19}$/.test(at), String(at));
  assert.ok(typeof name === 'string' && name !== '' && typeof kind === 'number' && kind >= 1 && kind <= 5);
  const [start, end] = [BigInt(String(startTimeUnixNano)), BigInt(String(endTimeUnixNano))];
  assert.ok(end >= start);
  const failed = status as { readonly code: number; readonly message: string } | undefined;
  if (failed !== undefined) assert.equal(failed.code, 2);
  return {
    ...{ traceId: String(traceId), spanId: String(spanId), name, kind, start, end },
    parentSpanId: parentSpanId === undefined ? null : String(parentSpanId),
    attributes: attributesOf(attributes),
    error: failed?.message ?? null,
  };
}

function attributesOf(written: unknown): Readonly<Record<string, string | number>> {
  return Object.fromEntries(
    (written as Fields[]).map(({ key, value }) => {
      const { stringValue, intValue } = value as Fields;
      assert.ok(typeof stringValue === 'string' || /^-?\d+$/.test(String(intValue)), JSON.stringify(value));
      return [String(key), typeof stringValue === 'string' ? stringValue : Number(intValue)];
    }),
  );
}
