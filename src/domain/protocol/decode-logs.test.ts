import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodedOf } from '../../../test/values.ts';
import { execManifest } from '../exec-manifest.ts';
import { DEFAULT_LIMITS, type Limits } from '../instance.ts';
import type { Json } from '../json.ts';
import type { Response } from '../response.ts';

const manifest = execManifest({ argv: ['true'], shell: null, stdin: 'none', env: {}, emit: null, idempotent: true });

function accept(logs: Json, limits: Partial<Limits> = {}): Response {
  const bytes = new TextEncoder().encode(JSON.stringify({ protocol: 1, status: 'ok', logs }));
  const decoded = decodedOf(bytes, { limits: { ...DEFAULT_LIMITS, ...limits }, manifest });
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.message);
  return decoded.response;
}

test('an entry needs a message only; plain text is an entry too', () => {
  const { logs, warnings } = accept([
    { message: 'a' },
    'b',
    { level: 'error', message: 'c', fields: { n: 1 } },
    { level: null, message: 'd', fields: null },
  ]);
  assert.deepEqual(logs, [
    { level: 'info', message: 'a', fields: {} },
    { level: 'info', message: 'b', fields: {} },
    { level: 'error', message: 'c', fields: { n: 1 } },
    { level: 'info', message: 'd', fields: {} },
  ]);
  assert.deepEqual(warnings, []);
});

test("levels of other languages' loggers are understood", () => {
  const levels = ['TRACE', 'debug', 'Info', 'notice', 'WARNING', 'warn', 'error', 'critical', 'fatal'];
  const { logs, warnings } = accept(levels.map((level) => ({ level, message: 'm' })));
  assert.deepEqual(
    logs.map((log) => log.level),
    ['debug', 'debug', 'info', 'info', 'warn', 'warn', 'error', 'error', 'error'],
  );
  assert.deepEqual(warnings, []);
});

test('malformed entries are left out or mended, with a warning each', () => {
  const { logs, logsDropped, warnings } = accept([
    3,
    { level: 'info' },
    { level: 'loud', message: 'a', fields: [] },
    { level: 4, message: 'b', msg: 1 },
  ]);
  assert.deepEqual(logs, [
    { level: 'info', message: 'a', fields: {} },
    { level: 'info', message: 'b', fields: {} },
  ]);
  assert.equal(logsDropped, 0);
  assert.deepEqual(warnings, [
    '/logs/0: left out: must be an object, but is a number',
    '/logs/1: left out: has no "message" that is a string',
    '/logs/2: "level" must be debug, info, warn or error, but is "loud"; read as info',
    '/logs/2: "fields" must be an object, but is an array; left out',
    '/logs/3: unknown field "msg"',
    '/logs/3: "level" must be debug, info, warn or error, but is a number; read as info',
  ]);
});

test('entries beyond the cap on their number are only counted', () => {
  const { logs, logsDropped } = accept(['a', 'b', 'c', 'd'], { logEntries: 2 });
  assert.deepEqual(
    logs.map((log) => log.message),
    ['a', 'b'],
  );
  assert.equal(logsDropped, 2);
});

test('entries that do not fit under the cap on bytes are only counted, smaller ones after them are kept', () => {
  const { logs, logsDropped } = accept(['éé', 'x'.repeat(50), 'c'], { logBytes: 9 });
  assert.deepEqual(
    logs.map((log) => log.message),
    ['éé', 'c'],
  );
  assert.equal(logsDropped, 1);
});
