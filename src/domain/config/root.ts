import { z } from 'zod';
import { apiSchema } from './api.ts';
import { expectSchema } from './expect.ts';
import { defaultsSchema, pluginsDirSchema, pluginsSchema } from './plugins.ts';
import { routesSchema } from './routes.ts';
import { listOf, section, text } from './scalars.ts';
import { serviceSchema } from './service.ts';
import { webhooksSchema } from './webhooks.ts';

/** Every section of the configuration by its key. */
export const SECTIONS = {
  service: serviceSchema.optional(),
  plugins_dir: pluginsDirSchema.default('./plugins'),
  defaults: defaultsSchema.optional(),
  plugins: pluginsSchema.optional(),
  routes: routesSchema.optional(),
  webhooks: webhooksSchema.optional(),
  api: apiSchema.optional(),
  expect: expectSchema.optional(),
  include: z
    .union([text('a file'), listOf(text('a file'), 'a list of files')], { error: 'expected a file or a list of files' })
    .optional()
    .describe('Further files and globs whose content is merged into this one.'),
};

/** The whole configuration file. */
export const configSchema = section(SECTIONS, 'a map of sections (`service`, `plugins`, `routes`, …)').describe(
  'Configuration of Ductile, the integration gateway.',
);
