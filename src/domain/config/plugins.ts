import { z } from 'zod';
import { containmentSchema } from './containment.ts';
import { breakerSchema, limitsSchema, rateLimitSchema, retrySchema, timeoutsSchema } from './policies.ts';
import { anyMap, flag, listOf, mapOf, matching, name, section, text, whole } from './scalars.ts';
import { schedulesSchema } from './schedules.ts';

const variableName = matching(/^(?!DUCTILE_)[A-Za-z_][A-Za-z0-9_]*$/, {
  expected: 'the name of an environment variable that does not begin with DUCTILE_',
  problem: 'invalid_name',
  kind: 'variable',
});

/** `env:`, variables and their values. */
export const envSchema = mapOf(
  variableName,
  z
    .string({ error: 'expected text (put it in quotes)' })
    .max(131_072, { error: 'expected text of at most 131072 characters' })
    .refine((value) => !value.includes('\0'), { error: 'expected text without NUL characters' }),
  'a map of variables and text',
);

/** What is the same under `defaults` and under an instance. */
const policyShape = {
  retry: retrySchema.optional(),
  timeouts: timeoutsSchema.optional(),
  limits: limitsSchema.optional(),
  containment: containmentSchema.optional(),
};

/** `defaults:`. */
export const defaultsSchema = section(policyShape, 'a map of defaults').describe('What instances inherit.');

/** `run_as:`, a user's name or number as text. */
const userSchema = z
  .union([text('the name or number of a user', 64), whole(1, 4_294_967_294)], {
    error: 'expected the name or number of a user',
  })
  .transform(String)
  .pipe(
    matching(/^([A-Za-z_][A-Za-z0-9_.-]*\$?|[1-9][0-9]{0,9})$/, {
      expected: 'the name or number of a user other than root',
      problem: 'invalid_name',
      kind: 'user',
    }),
  );

/** One instance under `plugins:`. */
export const instanceSchema = section(
  {
    uses: text('the name of a plugin', 128)
      .optional()
      .describe("The plugin's directory name, or `exec`. Default: the instance's own name."),
    enabled: flag().describe('`false`: gets no new jobs from schedules and routes.').default(true),
    config: anyMap('a map of configuration keys')
      .optional()
      .describe("Configuration for the plugin, checked against its manifest's `config_keys`."),
    env: envSchema.optional().describe('Environment variables for its processes.'),
    schedules: schedulesSchema.optional(),
    ...policyShape,
    breaker: breakerSchema.optional(),
    concurrency: whole(1, 1_024).optional().describe("Attempts at one time. Default: the manifest's, else 1."),
    rate_limit: rateLimitSchema.optional(),
    run_as: userSchema
      .optional()
      .describe('User (name or number) that its processes run as; only where the gateway is started as root.'),
  },
  'a map of settings',
);

/** `plugins:`. */
export const pluginsSchema = mapOf(name(), instanceSchema.nullable(), 'a map of instances').describe(
  'Instances: configured uses of plugins, by name.',
);

/** `plugins_dir:`. */
export const pluginsDirSchema = z
  .union([text('a directory'), listOf(text('a directory'), 'a list of directories')], {
    error: 'expected a directory or a list of directories',
  })
  .describe('Directories that hold plugins, the first that has a name wins; relative paths start at this file.');
