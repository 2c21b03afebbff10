import type { JobError } from './job.ts';
import type { Json, JsonObject } from './json.ts';

/** How grave a plugin's own log entry is. */
export type PluginLogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One entry of a response's `logs`. */
export interface PluginLog {
  readonly level: PluginLogLevel;
  readonly message: string;
  readonly fields: JsonObject;
}

/** One entry of a response's `events`, decoded: the type is well-formed and not reserved. */
export interface EmittedEvent {
  readonly type: string;
  readonly payload: Json;
  readonly eventId: string | null;
  readonly dedupeKey: string | null;
  /** Epoch milliseconds; null: the time of the finish. */
  readonly occurredAt: number | null;
}

/** A well-formed response of protocol 1, whether it says ok or error. */
export interface Response {
  readonly status: 'ok' | 'error';
  readonly result: Json;
  readonly stateUpdates: JsonObject | null;
  readonly events: readonly EmittedEvent[];
  readonly logs: readonly PluginLog[];
  /** Log entries beyond the cap, counted only. */
  readonly logsDropped: number;
  readonly error: JobError | null;
  /** The plugin's own word on retrying; null: not given. */
  readonly retry: boolean | null;
  readonly retryAfterMs: number | null;
  /** Unknown fields and the like, one sentence each. */
  readonly warnings: readonly string[];
}
