import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSpans } from './encode-spans.ts';
import type { Span } from './span.ts';

const SPAN: Span = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: null,
  name: 'cli',
  kind: 'producer',
  startedAt: 1_764_000_000_123,
  endedAt: 1_764_000_000_456,
  attributes: { text: 'a', number: 3, nothing: null },
  error: null,
};

test('spans are written as the protocol has them: ids in hexadecimal, instants in nanoseconds as text', () => {
  const failed: Span = {
    ...SPAN,
    parentSpanId: SPAN.spanId,
    kind: 'consumer',
    endedAt: 0,
    attributes: {},
    error: 'no',
  };
  assert.deepEqual(encodeSpans([SPAN, failed], { name: 'home', version: '1.2.3' }), {
    resourceSpans: [
      {
        resource: {
          attributes: [
            { key: 'service.name', value: { stringValue: 'home' } },
            { key: 'service.version', value: { stringValue: '1.2.3' } },
          ],
        },
        scopeSpans: [
          {
            scope: { name: 'ductile', version: '1.2.3' },
            spans: [
              {
                traceId: '0af7651916cd43dd8448eb211c80319c',
                spanId: 'b7ad6b7169203331',
                name: 'cli',
                kind: 4,
                startTimeUnixNano: '1764000000123000000',
                endTimeUnixNano: '1764000000456000000',
                attributes: [
                  { key: 'text', value: { stringValue: 'a' } },
                  { key: 'number', value: { intValue: '3' } },
                ],
              },
              {
                traceId: '0af7651916cd43dd8448eb211c80319c',
                spanId: 'b7ad6b7169203331',
                parentSpanId: 'b7ad6b7169203331',
                name: 'cli',
                kind: 5,
                startTimeUnixNano: '1764000000123000000',
                // A clock that was set back must not make a span end before it begins.
                endTimeUnixNano: '1764000000123000000',
                attributes: [],
                status: { code: 2, message: 'no' },
              },
            ],
          },
        ],
      },
    ],
  });
});
