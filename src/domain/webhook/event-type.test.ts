import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Readable } from './endpoint.ts';
import { compileEventType } from './event-type.ts';

const DELIVERY: Readable = {
  headers: { 'x-github-event': 'push' },
  query: { of: 'main' },
  body: { action: 'opened', odd: 'Canary Text', own: 'ductile.x', n: { a: 1 } },
};

function typeOf(text: string) {
  const compiled = compileEventType(text);
  assert.ok(compiled.ok, text);
  return compiled.typeOf(DELIVERY);
}

test('the type is what is written, with what the delivery holds', () => {
  for (const [text, type] of [
    ['github.push', 'github.push'],
    ['github.${{ headers["x-github-event"] }}', 'github.push'],
    ['${{ body.action }}', 'opened'],
    ['${{ query.of }}.${{ body.action }}', 'main.opened'],
    ['x.${{ has(body.missing) ? body.missing : "none" }}', 'x.none'],
  ] as const) {
    assert.deepEqual(typeOf(text), { type }, text);
  }
});

test('what gives no event type is told at run time without quoting the delivery', () => {
  const error = 'the text that was computed is no type of an event, or one that is reserved for the core';
  for (const text of ['${{ body.odd }}', 'x.${{ null }}', '${{ body.n }}', '${{ body.own }}']) {
    assert.deepEqual(typeOf(text), { error }, text);
  }
  for (const text of ['${{ body.missing }}', '${{ body.odd + 1 }}', '${{ body.odd < 1 }}', '${{ int(body.odd) }}']) {
    const given = typeOf(text);
    assert.ok('error' in given, text);
    assert.match(given.error, /^the type of the event cannot be computed: /);
    assert.doesNotMatch(given.error, /Canary/);
  }
});

test('what can never be an event type does not compile', () => {
  for (const [text, offset, message] of [
    ['Push', 0, /is not an event type/],
    ['ductile.job_failed', 0, /reserved for the core/],
    ['ductile.${{ body.x }}', 0, /reserved for the core/],
    ['x.${{ payload.x }}', 6, /unknown name/],
    ['x.${{ body.', 2, /without its/],
  ] as const) {
    const compiled = compileEventType(text);
    assert.ok(!compiled.ok, text);
    assert.equal(compiled.offset, offset, text);
    assert.match(compiled.message, message);
  }
});
