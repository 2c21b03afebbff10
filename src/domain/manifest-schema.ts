import { z } from 'zod';
import { LIST_EVEN_IF_FAULTY, MAP_EVEN_IF_FAULTY } from './config/even-if-faulty.ts';
import { anyMap, flag, type IssueParams, listOf, mapOf, name, section, text, whole } from './config/scalars.ts';
import { nearest } from './did-you-mean.ts';
import { eventTypeError, isReservedType } from './event.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { compileSchema } from './json-schema.ts';
import type { ProblemCode } from './problem-codes.ts';

const MAX_CONCURRENCY = 1_000;

/** Reports the entries that stand twice in a list of names; those that are no text are somebody else's. */
function noRepeats(names: readonly unknown[], context: z.RefinementCtx): void {
  for (const [index, one] of names.entries()) {
    if (typeof one === 'string' && names.indexOf(one) !== index)
      report(context, { at: [index], problem: 'duplicate_name', message: `"${one}" stands twice` });
  }
}

function report(
  context: z.RefinementCtx,
  { at, problem, message, hint }: { at: (string | number)[]; problem: ProblemCode; message: string; hint?: string },
): void {
  const params: IssueParams = hint === undefined ? { problem } : { problem, hint };
  context.addIssue({ code: 'custom', path: at, message, params: { ...params } });
}

const jsonSchema = anyMap('a JSON Schema, as a map').transform((schema, context): JsonObject => {
  if (!isJsonObject(schema)) return z.NEVER;
  const compiled = compileSchema(schema);
  if (!compiled.ok)
    report(context, { at: [], problem: 'invalid_schema', message: `not a JSON Schema: ${compiled.message}` });
  return schema;
});

const eventType = text('an event type', 1_000).superRefine((type, context) => {
  const reason = isReservedType(type) ? `"${type}" is reserved: only Ductile emits ductile.*` : eventTypeError(type);
  if (reason !== null) report(context, { at: [], problem: 'invalid_event_type', message: reason });
});

const entrypoint = text('a file name', 1_000).superRefine((path, context) => {
  const parts = path.split('/');
  const inside = !parts.includes('..') && !parts.includes('') && !path.includes('\0');
  if (inside || path === '') return;
  const message = "expected a path inside the plugin's directory, relative to it and without `..`";
  report(context, { at: [], problem: 'invalid_value', message });
});

const command = section(
  {
    description: text().optional().describe('What the command does, in a sentence.'),
    idempotent: flag()
      .describe('`false`: at most once; an attempt that may have had an effect is never run again.')
      .default(true),
    input_schema: jsonSchema
      .optional()
      .describe('JSON Schema (draft 2020-12) of the payload, checked before the command runs.'),
  },
  'a map such as { description: … }',
);

const configKey = text('the name of a key', 200);
const configKeyList = listOf(configKey, 'a list of keys').superRefine(noRepeats, LIST_EVEN_IF_FAULTY);

/** Any part of the lists may be of the wrong form; what only follows from that is not reported. */
function checkReferences(keys: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  const [required, optional] = [entriesOf(keys['required']), entriesOf(keys['optional'])];
  if (required === null || optional === null) return;
  for (const [index, key] of optional.entries()) {
    if (typeof key !== 'string' || !required.includes(key)) continue;
    const message = `"${key}" is both required and optional`;
    report(context, { at: ['optional', index], problem: 'duplicate_name', message });
  }
  if (misspelt(context).some((meant) => meant === 'required' || meant === 'optional')) return;
  const declared = [...required, ...optional].map(String);
  for (const list of ['secret', 'paths']) {
    for (const [index, key] of (entriesOf(keys[list]) ?? []).entries()) {
      if (typeof key !== 'string' || declared.includes(key)) continue;
      const near = nearest(key, declared);
      const hint = near === null ? 'name it under `required` or `optional`, too' : `did you mean "${near}"?`;
      const message = `"${key}" is neither a required nor an optional key`;
      report(context, { at: [list, index], problem: 'unknown_reference', message, hint });
    }
  }
}

function entriesOf(list: unknown): readonly unknown[] | null {
  return Array.isArray(list) ? list : null;
}

/** What the unknown keys found so far were most likely meant to be. */
function misspelt({ issues }: z.RefinementCtx): readonly (string | null)[] {
  return issues
    .flatMap((issue) => (issue.code === 'unrecognized_keys' && (issue.path ?? []).length === 0 ? issue.keys : []))
    .map((key) => nearest(key, ['required', 'optional', 'secret', 'paths']));
}

const configKeys = section(
  {
    required: configKeyList.describe('Keys that every instance must have in its `config`.').default([]),
    optional: configKeyList.describe('Keys that an instance may have.').default([]),
    secret: configKeyList.describe('Which of them are masked wherever they would be shown.').default([]),
    paths: configKeyList
      .describe('Which of them are paths; relative ones start at the configuration file that names them.')
      .default([]),
  },
  'a map with `required`, `optional`, `secret` and `paths`',
).superRefine(checkReferences, MAP_EVEN_IF_FAULTY);

const declaredEvent = section(
  {
    type: eventType.describe('Type of the event.'),
    schema: jsonSchema.optional().describe('JSON Schema (draft 2020-12) of its payload.'),
  },
  'an event type or a map with `type` and `schema`',
);

/** A plugin's `manifest.yaml`: the one source of its check, its JSON Schema and its reference. */
export const manifestSchema = section(
  {
    name: name().describe("The plugin's name: that of its directory."),
    version: text('text', 100).describe("The plugin's own version.").default('0.0.0'),
    protocol: z
      .number({ error: 'expected the number 1' })
      .pipe(z.literal(1, { error: 'expected the number 1' }))
      .meta({ const: 1 })
      .describe('The protocol that the plugin speaks: 1.'),
    entrypoint: entrypoint.describe('The executable, relative to the directory.'),
    description: text().optional().describe('What the plugin does, in a sentence.'),
    commands: z
      .union(
        [
          listOf(name(), 'a list of names')
            .min(1, { error: 'expected at least one command' })
            .superRefine(noRepeats, LIST_EVEN_IF_FAULTY),
          mapOf(name(), command.nullable(), 'a map of commands').refine(
            (commands) => Object.keys(commands).length > 0,
            {
              error: 'expected at least one command',
            },
          ),
        ],
        { error: 'expected a list of names or a map of commands' },
      )
      .describe('The commands that the plugin answers to: a list of names, or a map from names to what they are.'),
    config_keys: configKeys
      .describe("What an instance's `config` must and may hold.")
      .default({ required: [], optional: [], secret: [], paths: [] }),
    events: listOf(
      z.union([eventType, declaredEvent], { error: 'expected an event type or a map with `type` and `schema`' }),
      'a list of event types',
    )
      .superRefine((events: readonly unknown[], context) => {
        const types = events.map((event) => (isJsonObject(event) ? event['type'] : event));
        noRepeats(types, context);
      }, LIST_EVEN_IF_FAULTY)
      .describe('Event types that the plugin emits; a schema given here is enforced.')
      .default([]),
    concurrency: whole(1, MAX_CONCURRENCY)
      .describe('Attempts of one instance at one time, unless its configuration says otherwise.')
      .default(1),
  },
  'a map with `name`, `protocol`, `entrypoint` and `commands`',
).describe('The manifest of a plugin.');
