import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodedOf } from '../../../test/values.ts';
import { execManifest } from '../exec-manifest.ts';
import { DEFAULT_LIMITS, type Limits } from '../instance.ts';
import { formatInstant } from '../instant.ts';
import type { Response } from '../response.ts';
import { type DecodedResponse, decodeResponse } from './decode-response.ts';

const manifest = execManifest({ argv: ['true'], shell: null, stdin: 'none', env: {}, emit: null, idempotent: true });

function decodeText(text: string, limits: Partial<Limits> = {}): DecodedResponse {
  return decodedOf(new TextEncoder().encode(text), { limits: { ...DEFAULT_LIMITS, ...limits }, manifest });
}

function answer(fields: object): string {
  return JSON.stringify({ protocol: 1, status: 'ok', ...fields });
}

function accept(text: string, limits: Partial<Limits> = {}): Response {
  const decoded = decodeText(text, limits);
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.message);
  return decoded.response;
}

test('the smallest response says ok and nothing else', () => {
  const decoded = decodeText('{"protocol": 1, "status": "ok"}\n');
  assert.deepEqual(decoded, {
    ok: true,
    raw: { protocol: 1, status: 'ok' },
    response: {
      status: 'ok',
      error: null,
      result: null,
      stateUpdates: null,
      events: [],
      logs: [],
      logsDropped: 0,
      retry: null,
      retryAfterMs: null,
      warnings: [],
    },
  });
});

test('optional fields that are null count as not given, but a null in the state removes its key', () => {
  const nothing = {
    result: null,
    state_updates: null,
    events: null,
    logs: null,
    error: null,
    retry: null,
    retry_after_ms: null,
  };
  assert.deepEqual(accept(answer(nothing)), accept(answer({})));
  assert.deepEqual(accept(answer({ state_updates: { old: null } })).stateUpdates, { old: null });
});

test('a full error response keeps its code, message and word on retrying', () => {
  const response = accept(
    answer({
      status: 'error',
      error: { code: 'rate_limited', message: 'slow down' },
      retry: true,
      retry_after_ms: 60_000,
    }),
  );
  assert.deepEqual(response.error, { code: 'rate_limited', message: 'slow down' });
  assert.equal(response.retry, true);
  assert.equal(response.retryAfterMs, 60_000);
});

test('an error that is plain text, or has no code, is of an unknown code', () => {
  assert.deepEqual(accept(answer({ status: 'error', error: 'no route to host' })).error, {
    code: 'unknown',
    message: 'no route to host',
  });
  assert.deepEqual(accept(answer({ status: 'error', error: { message: 'x' } })).error, {
    code: 'unknown',
    message: 'x',
  });
});

test('an error message is cut at 4096 characters, with a warning', () => {
  const response = accept(answer({ status: 'error', error: 'x'.repeat(5_000) }));
  assert.equal(response.error?.message, `${'x'.repeat(4_096)}…`);
  assert.deepEqual(response.warnings, ['/error: the message has 5000 characters; the first 4096 are kept']);
});

test('unknown and useless fields are warnings that name what was meant', () => {
  const response = accept(answer({ state_update: {}, color: 1, error: { message: 'x' } }));
  assert.deepEqual(response.warnings, [
    'unknown field "state_update"; did you mean "state_updates"?',
    'unknown field "color"',
    '/error: ignored, because "status" is "ok"',
  ]);
});

test('what an error response says in vain is a warning', () => {
  const response = accept(
    answer({ status: 'error', error: { message: 'x', detail: 1 }, result: 1, events: [{ type: 'a' }] }),
  );
  assert.deepEqual(response.warnings, [
    '/error: unknown field "detail"',
    '/events: not emitted, because "status" is "error"',
    '/result: not kept as the result, because "status" is "error"',
  ]);
});

test('more than twenty warnings are counted', () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`zz${index}`, 1]));
  const { warnings } = accept(answer(many));
  assert.equal(warnings.length, 21);
  assert.equal(warnings.at(-1), 'and 10 more warnings');
});

test('a whole number that a double cannot hold is a warning with its place', () => {
  const { result, warnings } = accept(
    '{"protocol":1,"status":"ok",\n"result":[9007199254740991, 12345678901234567890]}',
  );
  assert.deepEqual(result, [9_007_199_254_740_991, 12_345_678_901_234_567_000]);
  assert.deepEqual(warnings, [
    'line 2, column 29: the number 12345678901234567890 is read as 12345678901234567000; send it as a string to keep all its digits',
  ]);
});

test('decimals and exponents are read without a warning', () => {
  const { result, warnings } = accept(
    '{"protocol":1.0,"status":"ok","result":[1.0,1e3,-0.123456789012345680,1E+2,1e-400]}',
  );
  assert.deepEqual(result, [1, 1_000, -0.123_456_789_012_345_68, 100, 0]);
  assert.deepEqual(warnings, []);
});

test('keys of the prototype are plain data and pollute nothing', () => {
  const text =
    '{"protocol":1,"status":"ok","__proto__":{"x":1},"state_updates":{"__proto__":{"polluted":true},"constructor":1},"result":{"__proto__":[]}}';
  const { stateUpdates, result, warnings } = accept(text);
  assert.equal(JSON.stringify(stateUpdates), '{"__proto__":{"polluted":true},"constructor":1}');
  assert.equal(JSON.stringify(result), '{"__proto__":[]}');
  assert.deepEqual(warnings, ['unknown field "__proto__"']);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('a key that stands twice deeper than the response takes its last value', () => {
  assert.deepEqual(accept('{"protocol":1,"status":"ok","result":{"a":1,"a":2}}').result, { a: 2 });
});

test('a place inside a key that stands twice is that of its last value', () => {
  const decoded = decodeText('{"protocol":1,"status":"error","error":{"code":"x","code":4,"message":"m"}}');
  assert.deepEqual(decoded, {
    ok: false,
    code: 'invalid_output',
    message: 'line 1, column 59: /error/code must be a string, but is a number',
  });
});

test('a response may be as deep, as long and as large as its caps, and no further', () => {
  const nested = (depth: number) => answer({}).replace('}', `,"result":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  assert.ok(decodeText(nested(63)).ok);
  assert.deepEqual(decodeText(nested(64)), {
    ok: false,
    code: 'over_limit',
    message: 'line 1, column 101: nested deeper than 64 levels (limits.json_depth)',
  });
  assert.ok(decodeText(answer({ result: [1, 2] }), { stdoutTokens: 9 }).ok);
  assert.deepEqual(decodeText(answer({ result: [1, 2] }), { stdoutTokens: 8 }), {
    ok: false,
    code: 'over_limit',
    message: 'line 1, column 41: more than 8 JSON values and keys (limits.stdout_tokens)',
  });
  assert.deepEqual(decodeText(answer({ a: 1 }), { stdoutTokens: 5 }), {
    ok: false,
    code: 'over_limit',
    message: 'line 1, column 29: more than 5 JSON values and keys (limits.stdout_tokens)',
  });
  assert.ok(decodeText(answer({ state_updates: { a: 'é' } }), { stateBytes: 10 }).ok);
  assert.deepEqual(decodeText(answer({ state_updates: { a: 'éé' } }), { stateBytes: 10 }), {
    ok: false,
    code: 'invalid_state',
    message: 'line 1, column 45: /state_updates is 12 bytes; the state may take 10 (limits.state)',
  });
});

/** Fields over a good response, the code, and the message. */
const wrong: readonly (readonly [object, string, string])[] = [
  [{ protocol: undefined }, 'protocol_mismatch', 'the response has no "protocol"; print {"protocol": 1, …}'],
  [
    { protocol: undefined, Protcol: 1 },
    'protocol_mismatch',
    'the response has no "protocol", only "Protcol"; print {"protocol": 1, …}',
  ],
  [
    { protocol: 2, status: 7, events: 3 },
    'protocol_mismatch',
    '"protocol" is 2, but this version of Ductile speaks protocol 1; print {"protocol": 1, …}',
  ],
  [
    { protocol: '1' },
    'protocol_mismatch',
    '"protocol" is the string "1", but this version of Ductile speaks protocol 1; print {"protocol": 1, …}',
  ],
  [
    { protocol: null },
    'protocol_mismatch',
    '"protocol" is null, but this version of Ductile speaks protocol 1; print {"protocol": 1, …}',
  ],
  [
    { protocol: [1] },
    'protocol_mismatch',
    '"protocol" is [1], but this version of Ductile speaks protocol 1; print {"protocol": 1, …}',
  ],
  [
    { status: undefined },
    'invalid_output',
    'line 1, column 1: the response has no "status"; print "status": "ok" or "error"',
  ],
  [{ status: 'okay' }, 'invalid_output', 'line 1, column 24: /status must be "ok" or "error", but is "okay"'],
  [
    { status: 'x'.repeat(90) },
    'invalid_output',
    `line 1, column 24: /status must be "ok" or "error", but is "${'x'.repeat(80)}…"`,
  ],
  [{ status: true }, 'invalid_output', 'line 1, column 24: /status must be "ok" or "error", but is a boolean'],
  [{ status: null }, 'invalid_output', 'line 1, column 24: /status must be "ok" or "error", but is null'],
  [
    { status: 'error' },
    'invalid_output',
    'line 1, column 1: the response has "status": "error", but no "error"; print "error": {"code": "…", "message": "…"}',
  ],
  [
    { status: 'error', error: 3 },
    'invalid_output',
    'line 1, column 40: /error must be an object or a string, but is a number',
  ],
  [{ status: 'error', error: {} }, 'invalid_output', 'line 1, column 40: /error has no "message"'],
  [
    { status: 'error', error: { message: [] } },
    'invalid_output',
    'line 1, column 51: /error/message must be a string, but is an array',
  ],
  [
    { status: 'error', error: { code: 4, message: 'x' } },
    'invalid_output',
    'line 1, column 48: /error/code must be a string, but is a number',
  ],
  [
    { status: 'error', error: { code: '', message: 'x' } },
    'invalid_output',
    'line 1, column 48: /error/code must have 1 to 100 characters, but has 0',
  ],
  [{ state_updates: [] }, 'invalid_state', 'line 1, column 45: /state_updates must be an object, but is an array'],
  [{ events: {} }, 'invalid_event', 'line 1, column 38: /events must be an array, but is an object'],
  [{ logs: 'text' }, 'invalid_output', 'line 1, column 36: /logs must be an array, but is a string'],
  [{ retry: 'yes' }, 'invalid_output', 'line 1, column 37: /retry must be true or false, but is a string'],
  [
    { retry_after_ms: '5s' },
    'invalid_output',
    'line 1, column 46: /retry_after_ms must be a number of milliseconds, 0 or more, but is a string',
  ],
  [
    { retry_after_ms: -1 },
    'invalid_output',
    'line 1, column 46: /retry_after_ms must be a number of milliseconds, 0 or more, but is -1',
  ],
  [{ status: 3, retry: 3 }, 'invalid_output', 'line 1, column 24: /status must be "ok" or "error", but is a number'],
];

for (const [fields, code, message] of wrong) {
  test(`a response with ${JSON.stringify(fields).slice(0, 60)} is refused`, () => {
    assert.deepEqual(decodeText(answer(fields)), { ok: false, code, message });
  });
}

const json = fc.jsonValue({ maxDepth: 4 });
const object = fc.dictionary(fc.string(), json, { maxKeys: 4 });
const text = fc.string({ minLength: 1, maxLength: 20 });
const type = fc.stringMatching(/^[a-c][a-z0-9_-]{0,5}(\.[a-z0-9]{1,3}){0,2}$/);
const instant = fc.integer({ min: 0, max: 253_402_300_799_999 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const event = fc.record({
  type,
  payload: optional(json),
  event_id: optional(text),
  dedupe_key: optional(text),
  occurred_at: optional(instant.map(formatInstant)),
});
const response = fc.record({
  protocol: fc.constant(1),
  status: fc.constantFrom('ok', 'error'),
  error: fc.record({ code: text, message: fc.string() }),
  result: optional(json),
  state_updates: optional(object),
  events: optional(fc.array(event, { maxLength: 4 })),
  logs: optional(
    fc.array(
      fc.record({ level: fc.constantFrom('debug', 'info', 'warn', 'error'), message: fc.string(), fields: object }),
      { maxLength: 3 },
    ),
  ),
  retry: optional(fc.boolean()),
  retry_after_ms: optional(fc.nat()),
});

test('whatever a well-formed response says is what is decoded, however it is indented', () => {
  fc.assert(
    fc.property(response, fc.nat({ max: 4 }), (written, indent) => {
      const printed = JSON.stringify(written, null, indent);
      const back = JSON.parse(printed);
      const decoded = accept(printed);
      assert.equal(decoded.status, written.status);
      assert.deepEqual(decoded.error, written.status === 'ok' ? null : back.error);
      assert.deepEqual(decoded.result, back.result ?? null);
      assert.deepEqual(decoded.stateUpdates, back.state_updates ?? null);
      assert.deepEqual(decoded.logs, back.logs ?? []);
      assert.equal(decoded.retry, written.retry ?? null);
      assert.equal(decoded.retryAfterMs, written.retry_after_ms ?? null);
      assert.deepEqual(
        decoded.events.map(({ occurredAt, ...rest }) => ({
          ...rest,
          at: occurredAt === null ? null : formatInstant(occurredAt),
        })),
        (written.events ?? []).map((one, index) => ({
          type: one.type,
          payload: one.payload === undefined ? {} : back.events[index].payload,
          eventId: one.event_id ?? null,
          dedupeKey: one.dedupe_key ?? null,
          at: one.occurred_at ?? null,
        })),
      );
    }),
    { numRuns: 300 },
  );
});

test('decoding never throws, and refuses with a message, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const decoded = decodedOf(bytes, { limits: DEFAULT_LIMITS, manifest });
      assert.ok(!decoded.ok && decoded.message !== '');
    }),
    { numRuns: 1_000 },
  );
});

test('decoding never throws on a response with some bytes changed, lost or doubled', () => {
  const damage = fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      to: fc.nat({ max: 255 }),
      kind: fc.constantFrom('set', 'cut', 'double'),
    }),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(response, damage, (written, changes) => {
      let bytes = [...new TextEncoder().encode(JSON.stringify(written))];
      for (const { at, to, kind } of changes) {
        const index = Math.floor(at * bytes.length);
        if (kind === 'set') bytes[index] = to;
        else bytes = [...bytes.slice(0, index), ...bytes.slice(kind === 'cut' ? index + 1 : Math.max(0, index - 9))];
      }
      const decoded = decodedOf(Uint8Array.from(bytes), { limits: DEFAULT_LIMITS, manifest });
      assert.ok(decoded.ok || decoded.message !== '');
    }),
    { numRuns: 1_000 },
  );
});

test('every proper beginning of a response is refused as incomplete at its very end', () => {
  const whole = new TextEncoder().encode(
    '{"protocol": 1, "status": "ok", "result": {"é": [true, -1.5e3, null, "\\u00e9✓"]}}',
  );
  for (let length = 1; length < whole.length; length += 1) {
    const decoded = decodedOf(whole.subarray(0, length), { limits: DEFAULT_LIMITS, manifest });
    assert.ok(!decoded.ok && decoded.code === 'invalid_output');
    const column = new TextDecoder('utf-8').decode(whole.subarray(0, length)).length;
    assert.match(
      decoded.message,
      /^line 1, column \d+: the output ends before the response is complete; still open: .*the response$/,
    );
    assert.ok(Math.abs(Number(/column (\d+)/.exec(decoded.message)?.[1]) - column - 1) <= 1);
  }
});

test('a large response is read in many steps, to the same end as at once', () => {
  const items = Array.from({ length: 1_000 }, (_, n) => ({ type: 'item', payload: { n, text: 'x'.repeat(2_000) } }));
  const bytes = new TextEncoder().encode(answer({ events: items }));
  const contract = { limits: DEFAULT_LIMITS, manifest };
  const reading = decodeResponse(bytes, contract);
  let count = 0;
  let step = reading.next();
  for (; step.done !== true; step = reading.next()) count += 1;
  assert.ok(count >= 8, `${count} steps`);
  assert.deepEqual(step.value, decodedOf(bytes, contract));
  assert.equal(step.value.ok && step.value.response.events.length, 1_000);
});
