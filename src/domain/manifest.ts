import type { z } from 'zod';
import { decode, type Part } from './config/decode.ts';
import type { Finding } from './config/finding.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { manifestSchema } from './manifest-schema.ts';

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
    /** Keys whose values are paths; relative ones start at the configuration file. */
    readonly paths: readonly string[];
  };
  /** Declared event types; empty: any type may be emitted. */
  readonly events: ReadonlyMap<string, EventSpec>;
  readonly concurrency: number;
}

/** A manifest, with what is odd about it; or everything that is wrong with it. Paths start at the top of the manifest. */
export type DecodedManifest =
  | { readonly ok: true; readonly manifest: Manifest; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly problems: readonly Finding[] };

/** Reads a parsed `manifest.yaml` that was found in a directory called `directory`; `source` tells how its numbers were written. */
export function decodeManifest(
  value: unknown,
  directory: string,
  source: Part['source'] = () => null,
): DecodedManifest {
  const other = otherProtocol(value);
  if (other !== null) return { ok: false, problems: [other] };
  const decoded = decode(manifestSchema, { value, path: [], written: () => null, source });
  if (!decoded.ok) return { ok: false, problems: decoded.findings.map(ofManifest) };
  const manifest = toManifest(decoded.value);
  return { ok: true, manifest, warnings: manifest.name === directory ? [] : [misplaced(manifest.name, directory)] };
}

/** A manifest for another protocol may have keys that mean nothing to us, so this is the only thing said about it. */
function otherProtocol(value: unknown): Finding | null {
  const protocol: unknown = isJsonObject(value) ? value.protocol : undefined;
  if (typeof protocol !== 'number' || protocol === 1) return null;
  return {
    severity: 'error',
    code: 'protocol_unsupported',
    path: ['protocol'],
    at: 'value',
    message: `protocol: the plugin asks for protocol ${protocol}; this version of Ductile speaks protocol 1`,
    hint: 'use a version of the plugin that speaks protocol 1 (`protocol: 1`), or a newer Ductile',
  };
}

/** The decoder speaks of the configuration, where most of what it reads belongs. */
function ofManifest(finding: Finding): Finding {
  return { ...finding, message: finding.message.replace('the configuration', 'the manifest') };
}

function misplaced(name: string, directory: string): Finding {
  return {
    severity: 'warning',
    code: 'invalid_value',
    path: ['name'],
    at: 'value',
    message: `name: the manifest says "${name}", but its directory is "${directory}", and \`uses\` names the directory`,
    hint: `rename the directory to "${name}", or write \`name: ${directory}\``,
  };
}

function toManifest(written: z.output<typeof manifestSchema>): Manifest {
  const commands = Array.isArray(written.commands)
    ? written.commands.map((name) => [name, null] as const)
    : Object.entries(written.commands);
  const events = written.events.map((event) => (typeof event === 'string' ? { type: event } : event));
  return {
    name: written.name,
    version: written.version,
    protocol: written.protocol,
    entrypoint: written.entrypoint,
    description: written.description ?? null,
    commands: new Map(
      commands.map(([name, command]) => [
        name,
        {
          name,
          description: command?.description ?? null,
          idempotent: command?.idempotent ?? true,
          inputSchema: command?.input_schema ?? null,
        },
      ]),
    ),
    configKeys: written.config_keys,
    events: new Map(events.map((event) => [event.type, { type: event.type, schema: event.schema ?? null }])),
    concurrency: written.concurrency,
  };
}
