import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { isJsonObject, type Json } from '../json.ts';
import { plainConfigSchema, renderConfigSchema } from './schema.ts';

describe('the JSON Schema', () => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(renderConfigSchema()));
  const exec = { uses: 'exec', config: { shell: 'x' } };
  const TAKEN: readonly unknown[] = [
    {},
    { service: { concurrency: 4, log_level: 'debug' }, plugins: { a: exec, b: null } },
    {
      service: {
        concurrency: '${N}',
        strict_plugins: '${env:STRICT:-true}',
        log_level: '${LEVEL}',
        dedupe_window: '${env:W:-1h}',
      },
    },
    { plugins: { a: { ...exec, schedules: { every: '5m' } } }, api: { listen: '0.0.0.0:${PORT}' } },
    { routes: [{ name: 'r', event_type: 'a.*', to: ['a', { instance: 'b' }] }] },
  ];
  for (const tree of TAKEN)
    it(`takes ${JSON.stringify(tree)}`, () => assert.ok(validate(tree), JSON.stringify(validate.errors)));

  const REFUSED: readonly unknown[] = [
    [],
    { pluginz: {} },
    { service: { concurrency: 'four' } },
    { service: { concurrency: 'a ${N}' } },
    { service: { log_level: 'loud' } },
    { service: { dedupe_window: 60 } },
    { routes: [{ name: 'r' }] },
  ];
  for (const tree of REFUSED) it(`refuses ${JSON.stringify(tree)}`, () => assert.equal(validate(tree), false));
});

describe('the reference', () => {
  it('says what every key of the configuration means', () => {
    const bare: string[] = [];
    const visit = (schema: Json, path: string): void => {
      if (!isJsonObject(schema)) return;
      for (const [key, inner] of Object.entries(isJsonObject(schema['properties']) ? schema['properties'] : {})) {
        const place = `${path}.${key}`;
        if (isJsonObject(inner) && typeof inner['description'] !== 'string') bare.push(place);
        visit(inner, place);
      }
      for (const key of ['items', 'additionalProperties']) visit(schema[key] ?? null, `${path}[]`);
      const forms = schema['anyOf'];
      if (Array.isArray(forms)) for (const form of forms) visit(form, path);
    };
    visit(plainConfigSchema(), '');
    assert.deepEqual(bare, []);
  });
});
