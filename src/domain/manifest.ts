import type { Json, JsonObject } from './json.ts';

/** One command a plugin answers to. */
export interface CommandSpec {
  readonly name: string;
  readonly description: string | null;
  /** False: at most once; an attempt that may have reached the outside is never run again. */
  readonly idempotent: boolean;
  /** JSON Schema of the payload, as written; null: anything goes. */
  readonly inputSchema: JsonObject | null;
}

/** An event type a plugin declares. */
export interface EventSpec {
  readonly type: string;
  /** JSON Schema of the payload; null: anything goes. */
  readonly schema: JsonObject | null;
}

/** A plugin's `manifest.yaml`, decoded. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly protocol: 1;
  readonly entrypoint: string;
  readonly description: string | null;
  readonly commands: ReadonlyMap<string, CommandSpec>;
  readonly configKeys: {
    readonly required: readonly string[];
    readonly optional: readonly string[];
    readonly secret: readonly string[];
  };
  /** Declared event types; empty: any type may be emitted. */
  readonly events: ReadonlyMap<string, EventSpec>;
  readonly concurrency: number;
}

/** Checks one payload against a compiled JSON Schema: null when it fits, else what does not, with a JSON pointer. */
export type SchemaCheck = (value: Json) => string | null;
