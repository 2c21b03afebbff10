import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tracesUrl } from './traces-url.ts';

test('the path of traces is added unless the endpoint ends so', () => {
  for (const [endpoint, url] of [
    ['http://127.0.0.1:4318', 'http://127.0.0.1:4318/v1/traces'],
    ['http://127.0.0.1:4318/', 'http://127.0.0.1:4318/v1/traces'],
    ['https://otlp.example/otlp', 'https://otlp.example/otlp/v1/traces'],
    ['https://otlp.example/v1/traces', 'https://otlp.example/v1/traces'],
    ['https://otlp.example/v1/traces/?k=v', 'https://otlp.example/v1/traces?k=v'],
    ['https://otlp.example/in?k=v', 'https://otlp.example/in/v1/traces?k=v'],
  ]) {
    assert.equal(tracesUrl(endpoint ?? ''), url);
  }
});
