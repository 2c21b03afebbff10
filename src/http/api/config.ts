import { effectiveValues } from '../../domain/config/effective.ts';
import { listAnswer } from './answer-schemas.ts';
import { configAnswer, configTextAnswer, configValuesAnswer, configVersionAnswer } from './config-schema.ts';
import { configTextView, configVersionView, configView } from './config-view.ts';
import { idParameter } from './fields.ts';
import { NOTHING, type Route, route } from './route.ts';

const show = route({
  method: 'GET',
  path: '/config',
  scope: 'read',
  reach: 'gateway',
  summary: 'Shows the configuration in force as YAML, secrets masked.',
  tag: 'config',
  params: NOTHING,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The configuration.', schema: configAnswer } },
  errors: [],
  async handle(_input, { operations }) {
    return { status: 200, body: configView(operations.snapshot()) };
  },
});

const values = route({
  method: 'GET',
  path: '/config/values',
  scope: 'read',
  reach: 'gateway',
  summary: 'Lists every value in force, defaults included, with where it comes from; secrets masked.',
  tag: 'config',
  params: NOTHING,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The values.', schema: configValuesAnswer } },
  errors: [],
  async handle(_input, { operations }) {
    const { version, file } = operations.snapshot();
    return { status: 200, body: { version, file, values: effectiveValues(operations.snapshot()) } };
  },
});

const versions = route({
  method: 'GET',
  path: '/config/versions',
  scope: 'read',
  reach: 'gateway',
  summary: 'Lists the configurations that came into force, newest first.',
  tag: 'config',
  params: NOTHING,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The versions.', schema: listAnswer('versions', configVersionAnswer) } },
  errors: [],
  async handle(_input, { operations }) {
    const known = (await operations.configVersions()).map(configVersionView);
    return { status: 200, body: { versions: known, next_cursor: null } };
  },
});

const version = route({
  method: 'GET',
  path: '/config/versions/:id',
  // Masked by what was known to be secret then; what has become a secret since may stand in it.
  scope: 'admin',
  reach: 'gateway',
  summary: 'Shows an earlier configuration, secrets masked as they were then; the id may be the beginning of one.',
  tag: 'config',
  params: idParameter,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The configuration.', schema: configTextAnswer } },
  errors: ['not_found'],
  async handle({ params }, { operations }) {
    return { status: 200, body: configTextView(await operations.configText(params.id)) };
  },
});

/** `/config`: show, values, versions. */
export const CONFIG_ROUTES: readonly Route[] = [show, values, versions, version];
