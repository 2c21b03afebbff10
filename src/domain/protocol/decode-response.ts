import { nearest } from '../did-you-mean.ts';
import { excerpt, quote } from '../excerpt.ts';
import type { Limits } from '../instance.ts';
import type { JobError } from '../job.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { jsonPointer } from '../json-pointer.ts';
import { jsonBytes } from '../json-size.ts';
import type { Manifest } from '../manifest.ts';
import type { Response } from '../response.ts';
import type { Steps } from '../steps.ts';
import { type EventContext as Context, decodeEvents } from './decode-events.ts';
import { decodeLogs } from './decode-logs.ts';
import { describeFault, describeRoot } from './describe-fault.ts';
import { Findings, type RefusalCode } from './findings.ts';
import { parseJsonSteps } from './json-parse.ts';
import { scanJsonSteps } from './json-scan.ts';
import { locate } from './json-walk.ts';
import { kindOf } from './kind-of.ts';
import { positionOf } from './text-position.ts';

/** A response, with the JSON it was read from; or why the output is none, with its place and what to print instead. */
export type DecodedResponse =
  | { readonly ok: true; readonly response: Response; readonly raw: JsonObject }
  | {
      readonly ok: false;
      readonly code: 'empty_output' | 'over_limit' | 'protocol_mismatch' | RefusalCode;
      readonly message: string;
    };

/** What a response is read against. */
export interface Contract {
  readonly limits: Limits;
  readonly manifest: Manifest;
}

/** Reads what a process printed on stdout as one response of protocol 1, in steps, for it may be large; never throws, whatever the bytes. */
export function* decodeResponse(bytes: Uint8Array, { limits, manifest }: Contract): Steps<DecodedResponse> {
  const caps = { depth: limits.jsonDepth, tokens: limits.stdoutTokens };
  const scan = yield* scanJsonSteps(bytes, caps);
  if (!scan.ok) {
    const { kind } = scan.fault;
    const code =
      kind === 'empty' ? 'empty_output' : kind === 'tokens' || kind === 'depth' ? 'over_limit' : 'invalid_output';
    return { ok: false, code, message: describeFault(bytes, scan.fault, caps) };
  }
  const large = bytes.length > LARGE_BYTES;
  if (large) yield;
  const raw = yield* parseJsonSteps(bytes);
  if (large) yield;
  if (!isJsonObject(raw)) return { ok: false, code: 'invalid_output', message: describeRoot(bytes, kindOf(raw)) };
  const mismatch = protocolMismatch(raw);
  if (mismatch !== null) return { ok: false, code: 'protocol_mismatch', message: mismatch };

  const findings = new Findings();
  if (scan.inexactAt !== null) findings.warn([], inexact(bytes, scan.inexactAt));
  const small = bytes.length * MAX_GROWTH <= limits.eventPayloadBytes;
  const response = yield* decodeFields(raw, { limits, manifest, findings, bytes: bytes.length, small });
  const { refusal } = findings;
  if (large && refusal !== null) yield;
  if (refusal === null) return { ok: true, response: { ...response, warnings: findings.warnings }, raw };
  const place = refusal.path.length === 0 ? 'the response' : jsonPointer(refusal.path);
  const message = `${positionOf(bytes, locate(bytes, refusal.path))}: ${place} ${refusal.message}`;
  return { ok: false, code: refusal.code, message };
}

const FIELDS = ['protocol', 'status', 'result', 'state_updates', 'events', 'logs', 'error', 'retry', 'retry_after_ms'];
const MAX_ERROR_CODE = 100;
const MAX_ERROR_MESSAGE = 4_096;
/** Compact JSON is never this many times longer than the JSON it was read from; `1e20` grows most. */
const MAX_GROWTH = 6;
/** Of a longer output, each part of the work is a step of its own. */
const LARGE_BYTES = 65_536;

function protocolMismatch(raw: JsonObject): string | null {
  const { protocol } = raw;
  if (protocol === 1) return null;
  const print = 'print {"protocol": 1, …}';
  if (protocol !== undefined) {
    const found = typeof protocol === 'string' ? `the string ${quote(protocol)}` : excerpt(JSON.stringify(protocol));
    return `"protocol" is ${found}, but this version of Ductile speaks protocol 1; ${print}`;
  }
  const unknown = Object.keys(raw).filter((key) => !FIELDS.includes(key));
  const meant = unknown.find((key) => nearest(key, ['protocol']) !== null);
  const instead = meant === undefined ? '' : `, only ${quote(meant)}`;
  return `the response has no "protocol"${instead}; ${print}`;
}

function inexact(bytes: Uint8Array, at: number): string {
  const digits = /^-?\d+/.exec(new TextDecoder().decode(bytes.subarray(at, at + 400)))?.[0] ?? '';
  return `${positionOf(bytes, at)}: the number ${excerpt(digits)} is read as ${Number(digits)}; send it as a string to keep all its digits`;
}

function* decodeFields(raw: JsonObject, context: Context): Steps<Omit<Response, 'warnings'>> {
  const { findings } = context;
  findings.warnUnknown(raw, FIELDS, []);
  const status = decodeStatus(raw, findings);
  const error = decodeError(raw, status, findings);
  const result = raw.result ?? null;
  const stateUpdates = decodeStateUpdates(raw, context);
  const events = yield* decodeEvents(raw.events ?? null, context);
  if (context.bytes > LARGE_BYTES) yield;
  const { logs, logsDropped } = decodeLogs(raw.logs ?? null, context);
  const retry = decodeRetry(raw, findings);
  const retryAfterMs = decodeRetryAfter(raw, findings);
  if (status === 'error') {
    if (events.length > 0) findings.warn(['events'], 'not emitted, because "status" is "error"');
    if (result !== null) findings.warn(['result'], 'not kept as the result, because "status" is "error"');
  }
  return { status, error, result, stateUpdates, events, logs, logsDropped, retry, retryAfterMs };
}

function decodeStatus(raw: JsonObject, findings: Findings): 'ok' | 'error' {
  const { status } = raw;
  if (status === 'ok' || status === 'error') return status;
  if (status === undefined) {
    findings.refuse({ code: 'invalid_output', path: [], message: 'has no "status"; print "status": "ok" or "error"' });
  } else {
    const found = typeof status === 'string' ? quote(status) : kindOf(status);
    findings.refuse({ code: 'invalid_output', path: ['status'], message: `must be "ok" or "error", but is ${found}` });
  }
  return 'ok';
}

function decodeError(raw: JsonObject, status: 'ok' | 'error', findings: Findings): JobError | null {
  const error = raw.error ?? null;
  if (status === 'ok') {
    if (error !== null) findings.warn(['error'], 'ignored, because "status" is "ok"');
    return null;
  }
  if (typeof error === 'string') return { code: 'unknown', message: bounded(error, findings) };
  const refuse = (path: readonly string[], message: string): null => {
    findings.refuse({ code: 'invalid_output', path: path, message });
    return null;
  };
  if (error === null)
    return refuse([], 'has "status": "error", but no "error"; print "error": {"code": "…", "message": "…"}');
  if (!isJsonObject(error)) return refuse(['error'], `must be an object or a string, but is ${kindOf(error)}`);
  findings.warnUnknown(error, ['code', 'message'], ['error']);
  const code = error.code ?? 'unknown';
  const message = error.message ?? null;
  if (typeof code !== 'string') return refuse(['error', 'code'], `must be a string, but is ${kindOf(code)}`);
  if (code === '' || code.length > MAX_ERROR_CODE) {
    return refuse(['error', 'code'], `must have 1 to ${MAX_ERROR_CODE} characters, but has ${code.length}`);
  }
  if (message === null) return refuse(['error'], 'has no "message"');
  if (typeof message !== 'string') return refuse(['error', 'message'], `must be a string, but is ${kindOf(message)}`);
  return { code, message: bounded(message, findings) };
}

function bounded(message: string, findings: Findings): string {
  if (message.length <= MAX_ERROR_MESSAGE) return message;
  findings.warn(['error'], `the message has ${message.length} characters; the first ${MAX_ERROR_MESSAGE} are kept`);
  return `${message.slice(0, MAX_ERROR_MESSAGE)}…`.toWellFormed();
}

function decodeStateUpdates(raw: JsonObject, { findings, limits }: Context): JsonObject | null {
  const updates = raw.state_updates ?? null;
  if (updates === null) return null;
  const path = ['state_updates'];
  if (!isJsonObject(updates)) {
    findings.refuse({ code: 'invalid_state', path, message: `must be an object, but is ${kindOf(updates)}` });
    return null;
  }
  const bytes = jsonBytes(updates);
  if (bytes > limits.stateBytes) {
    findings.refuse({
      code: 'invalid_state',
      path,
      message: `is ${bytes} bytes; the state may take ${limits.stateBytes} (limits.state)`,
    });
  }
  return updates;
}

function decodeRetry(raw: JsonObject, findings: Findings): boolean | null {
  const retry = raw.retry ?? null;
  if (retry === null || typeof retry === 'boolean') return retry;
  findings.refuse({
    code: 'invalid_output',
    path: ['retry'],
    message: `must be true or false, but is ${kindOf(retry)}`,
  });
  return null;
}

function decodeRetryAfter(raw: JsonObject, findings: Findings): number | null {
  const ms = raw.retry_after_ms ?? null;
  if (ms === null || (typeof ms === 'number' && ms >= 0)) return ms;
  const found = typeof ms === 'number' ? String(ms) : kindOf(ms);
  const message = `must be a number of milliseconds, 0 or more, but is ${found}`;
  findings.refuse({ code: 'invalid_output', path: ['retry_after_ms'], message });
  return null;
}
