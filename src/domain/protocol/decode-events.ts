import { nearest } from '../did-you-mean.ts';
import { eventTypeError, isReservedType } from '../event.ts';
import { quote } from '../excerpt.ts';
import type { Limits } from '../instance.ts';
import { parseInstant } from '../instant.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { JsonPath } from '../json-pointer.ts';
import { compileSchema } from '../json-schema.ts';
import { jsonBytes } from '../json-size.ts';
import type { Manifest } from '../manifest.ts';
import type { EmittedEvent } from '../response.ts';
import type { Steps } from '../steps.ts';
import type { Findings } from './findings.ts';
import { kindOf } from './kind-of.ts';

/** What decoding the events of a response needs to know. */
export interface EventContext {
  readonly limits: Limits;
  readonly manifest: Manifest;
  readonly findings: Findings;
  /** Of the whole output. */
  readonly bytes: number;
  /** True when the whole output is so small that no payload can exceed its cap. */
  readonly small: boolean;
}

const FIELDS = ['type', 'payload', 'event_id', 'dedupe_key', 'occurred_at'];
const MAX_EVENT_ID = 200;
const MAX_DEDUPE_KEY = 500;

const STEP_BYTES = 524_288;

/** The field `events` of a response, in steps; null counts as none. */
export function* decodeEvents(value: Json, context: EventContext): Steps<readonly EmittedEvent[]> {
  const { findings, limits } = context;
  if (value === null) return [];
  if (!Array.isArray(value)) {
    const message = `must be an array, but is ${kindOf(value)}`;
    findings.refuse({ code: 'invalid_event', path: ['events'], message });
    return [];
  }
  if (value.length > limits.events) {
    const message = `holds ${value.length} events; a response may hold ${limits.events} (limits.events)`;
    findings.refuse({ code: 'invalid_event', path: ['events'], message });
    return [];
  }
  const events: EmittedEvent[] = [];
  for (const [index, item] of value.entries()) {
    if (index > 0 && index % perStep(value.length, context) === 0) yield;
    events.push(...decodeEvent(item, { ...context, path: ['events', index] }));
  }
  return events;
}

/** Events between two steps: as many as there are about half a megabyte of, if all are as large. */
function perStep(count: number, { small, bytes }: EventContext): number {
  return small ? count : Math.max(1, Math.floor((count * STEP_BYTES) / bytes));
}

type Place = EventContext & { readonly path: JsonPath };

function decodeEvent(value: Json, place: Place): readonly EmittedEvent[] {
  const { findings, path } = place;
  if (!isJsonObject(value)) {
    findings.refuse({ code: 'invalid_event', path, message: `must be an object, but is ${kindOf(value)}` });
    return [];
  }
  findings.warnUnknown(value, FIELDS, path);
  const type = decodeType(value, place);
  if (type === null) return [];
  const payload = value.payload ?? (Object.hasOwn(value, 'payload') ? null : {});
  checkPayload(type, payload, place);
  const eventId = decodeText(value, { field: 'event_id', most: MAX_EVENT_ID, place });
  const dedupeKey = decodeText(value, { field: 'dedupe_key', most: MAX_DEDUPE_KEY, place });
  return [{ type, payload, eventId, dedupeKey, occurredAt: decodeInstant(value, place) }];
}

function decodeType(event: JsonObject, { findings, path, manifest }: Place): string | null {
  const { type } = event;
  if (type === undefined) {
    findings.refuse({ code: 'invalid_event', path, message: 'has no "type"' });
    return null;
  }
  const at = [...path, 'type'];
  if (typeof type !== 'string') {
    findings.refuse({ code: 'invalid_event', path: at, message: `must be a string, but is ${kindOf(type)}` });
    return null;
  }
  if (eventTypeError(type) !== null) {
    const message = `${quote(type)} is not an event type: at most 128 characters, lower-case segments of a-z, 0-9, _ and - joined by dots`;
    findings.refuse({ code: 'invalid_event', path: at, message });
    return null;
  }
  if (isReservedType(type)) {
    findings.refuse({
      code: 'invalid_event',
      path: at,
      message: `${quote(type)} is reserved: only Ductile emits ductile.*`,
    });
    return null;
  }
  if (manifest.events.size > 0 && !manifest.events.has(type)) {
    const meant = nearest(type, manifest.events.keys());
    const suggestion = meant === null ? '' : `; did you mean "${meant}"?`;
    findings.warn(at, `the manifest does not declare ${quote(type)}${suggestion}`);
  }
  return type;
}

function checkPayload(type: string, payload: Json, { findings, limits, manifest, small, path }: Place): void {
  const at = [...path, 'payload'];
  if (!small) {
    const bytes = jsonBytes(payload);
    if (bytes > limits.eventPayloadBytes) {
      const message = `is ${bytes} bytes; an event's payload may take ${limits.eventPayloadBytes} (limits.event_payload)`;
      findings.refuse({ code: 'invalid_event', path: at, message });
    }
  }
  const schema = manifest.events.get(type)?.schema ?? null;
  if (schema === null) return;
  const compiled = compileSchema(schema);
  const problem = compiled.ok ? compiled.check(payload) : compiled.message;
  if (problem === null) return;
  const message = `does not fit what the manifest declares for ${quote(type)}: ${problem}`;
  findings.refuse({ code: 'invalid_event', path: at, message });
}

interface TextField {
  readonly field: 'event_id' | 'dedupe_key';
  readonly most: number;
  readonly place: Place;
}

/** An optional text that becomes a key: bounded, well-formed and free of control characters. */
function decodeText(event: JsonObject, { field, most, place: { findings, path } }: TextField): string | null {
  const value = event[field] ?? null;
  if (value === null) return null;
  const at = [...path, field];
  if (typeof value !== 'string') {
    findings.refuse({ code: 'invalid_event', path: at, message: `must be a string, but is ${kindOf(value)}` });
  } else if (value === '' || characters(value) > most) {
    findings.refuse({
      code: 'invalid_event',
      path: at,
      message: `must have 1 to ${most} characters, but has ${characters(value)}`,
    });
  } else if (/\p{Cc}/u.test(value) || !value.isWellFormed()) {
    findings.refuse({
      code: 'invalid_event',
      path: at,
      message: 'must not hold control characters or half a surrogate pair',
    });
  } else return value;
  return null;
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function decodeInstant(event: JsonObject, { findings, path }: Place): number | null {
  const value = event.occurred_at ?? null;
  if (value === null) return null;
  const at = [...path, 'occurred_at'];
  if (typeof value !== 'string') {
    findings.refuse({ code: 'invalid_event', path: at, message: `must be a string, but is ${kindOf(value)}` });
    return null;
  }
  const instant = parseInstant(value);
  if (instant === null) {
    const message = `${quote(value)} is not an RFC 3339 date-time such as "2026-11-23T10:00:00Z"`;
    findings.refuse({ code: 'invalid_event', path: at, message });
  }
  return instant;
}
