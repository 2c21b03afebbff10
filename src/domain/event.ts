import type { Json } from './json.ts';

/** Something that happened, as a plugin, a person, a webhook or the core reported it. */
export interface Event {
  /** UUIDv7, or the emitter's own id (1–200 characters), unique per source. */
  readonly id: string;
  readonly type: string;
  /** `instance:<name>`, `webhook:<name>`, `api`, `cli` or `core`. */
  readonly source: string;
  readonly payload: Json;
  readonly occurredAt: number;
  readonly createdAt: number;
  readonly dedupeKey: string | null;
  /** The job and attempt whose response carried it; null when it came from outside. */
  readonly jobId: string | null;
  readonly attempt: number | null;
  /** Root of the lineage: the emitting job's root, or null when the event is itself the trigger. */
  readonly rootJobId: string | null;
  /** Route hops from the trigger to the emitter. */
  readonly depth: number;
  /** True when an event of the core caused the emitter. */
  readonly fromCore: boolean;
}

const TYPE = /^[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$/;
const MAX_TYPE_LENGTH = 128;

/** Why `type` is not an event type, or null when it is one. Reserved types (`ductile.*`) are not judged here. */
export function eventTypeError(type: string): string | null {
  if (type.length > MAX_TYPE_LENGTH) return `the event type is longer than ${MAX_TYPE_LENGTH} characters`;
  if (TYPE.test(type)) return null;
  return `"${type}" is not an event type: lower-case segments [a-z0-9][a-z0-9_-]* joined by dots`;
}

/** True for types that only the core may emit. */
export function isReservedType(type: string): boolean {
  return type === 'ductile' || type.startsWith('ductile.');
}
