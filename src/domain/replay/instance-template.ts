import { z } from 'zod';
import type { ExecConfig, Instance } from '../instance.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { MASK } from '../redact-text.ts';

const jsonObject = z.custom<JsonObject>(isJsonObject, 'is not an object');
const texts = z.record(z.string(), z.string());
const count = z.int().min(0).nullable();
const cap = z.int().min(0);

const fillSchema = z.object({
  /** Keys and indexes from the template to the value. */
  at: z.array(z.union([z.string(), z.int()])).min(2),
  parts: z.array(z.union([z.object({ text: z.string() }), z.object({ from: z.string() })])).min(1),
});

/** An instance as an attempt ran it: values of its configuration that hold a secret are masked, and `fills` says what they are made of. */
export const instanceTemplateSchema = z.object({
  instance: z.string(),
  plugin: z.string(),
  /** What the request says; empty for `exec`, whose process gets none. */
  config: jsonObject,
  env: texts,
  /** How `exec` runs its command; null: it is a plugin. */
  exec: z
    .object({
      argv: z.array(z.string()).nullable(),
      shell: z.string().nullable(),
      stdin: z.enum(['none', 'payload']),
      env: texts,
      emit: z.string().nullable(),
      idempotent: z.boolean(),
    })
    .nullable(),
  timeouts: z.record(z.string(), z.int().min(1)),
  default_timeout_ms: z.int().min(1),
  limits: z.object({
    stdoutBytes: cap,
    stdoutTokens: cap,
    stderrBytes: cap,
    logEntries: cap,
    logBytes: cap,
    stateBytes: cap,
    eventPayloadBytes: cap,
    events: cap,
    jsonDepth: cap,
    jobPayloadBytes: cap,
    memoryBytes: count,
    cpuSeconds: count,
    openFiles: count,
    fileBytes: count,
    processes: count,
  }),
  containment: z.object({
    tier: z.enum(['group', 'pidns', 'bwrap']),
    network: z.boolean(),
    noNewPrivs: z.boolean().nullable(),
  }),
  fills: z.array(fillSchema),
});

/** An instance as an attempt ran it, its secrets by reference: `env:NAME`, `file:<path>`, or `config:<place>` for one that is written out. */
export type InstanceTemplate = z.output<typeof instanceTemplateSchema>;

/** A value of a template that holds a secret, and what it is made of. */
export type TemplateFill = InstanceTemplate['fills'][number];

/** Gives the value of a reference, or undefined when it is not to be had; `at` is where the template needs it. */
export type ResolveSecret = (reference: string, at: TemplateFill['at']) => Json | undefined;

/** A template with its secrets filled in. */
export interface FilledTemplate {
  readonly config: JsonObject;
  readonly env: Readonly<Record<string, string>>;
  readonly exec: ExecConfig | null;
  /** References without a value; `***` stands in their place. */
  readonly missing: readonly string[];
}

/** Fills in the secrets of a template. */
export function fillTemplate(template: InstanceTemplate, resolve: ResolveSecret): FilledTemplate {
  const missing = new Set<string>();
  const made = ({ at, parts }: TemplateFill): Json => {
    const values = parts.map((part) => {
      if ('text' in part) return part.text;
      const value = resolve(part.from, at);
      if (value === undefined) missing.add(part.from);
      return value ?? MASK;
    });
    const [only, ...others] = values;
    // Only what is written out in the configuration can be anything but text, and it is always the whole value.
    return only !== undefined && others.length === 0 ? only : values.map(textOf).join('');
  };
  const { config, env, exec } = template;
  const filled = template.fills.reduce<Json>((value, fill) => put(value, fill.at, made(fill)), {
    config,
    env,
    exec,
  });
  const whole = filledSchema.parse(filled);
  return { ...whole, missing: [...missing] };
}

const filledSchema = instanceTemplateSchema.pick({ config: true, env: true, exec: true });

/** The references of a template, each once, in the order in which they are needed. */
export function referencesOf({ fills }: InstanceTemplate): readonly string[] {
  return [...new Set(fills.flatMap(({ parts }) => parts.flatMap((part) => ('from' in part ? [part.from] : []))))];
}

/** The instance as the attempt ran it: what the template says of it, and the program, manifest and user it has now. */
export function asItRan(
  instance: Instance,
  { template, filled }: { readonly template: InstanceTemplate; readonly filled: FilledTemplate },
): Instance {
  return {
    ...instance,
    plugin: template.plugin,
    config: filled.config,
    env: filled.env,
    program: filled.exec === null ? instance.program : { kind: 'exec', exec: filled.exec },
    timeouts: template.timeouts,
    defaultTimeoutMs: template.default_timeout_ms,
    limits: template.limits,
  };
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The same value but for one place in it; a place that is not there is left out. */
function put(value: Json, at: readonly (string | number)[], item: Json): Json {
  const [key, ...rest] = at;
  if (key === undefined) return item;
  if (Array.isArray(value)) return value.map((one: Json, index) => (index === key ? put(one, rest, item) : one));
  if (!isJsonObject(value)) return value;
  // Entries, not assignments: a key may be `__proto__`.
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === key ? put(one, rest, item) : one]),
  );
}
