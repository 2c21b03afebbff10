import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instanceOf } from '../../../test/values.ts';
import { DEFAULT_LIMITS } from '../instance.ts';
import type { Json } from '../json.ts';
import {
  asItRan,
  fillTemplate,
  type InstanceTemplate,
  instanceTemplateSchema,
  referencesOf,
} from './instance-template.ts';

const TEMPLATE: InstanceTemplate = {
  instance: 'p',
  plugin: 'p',
  config: { z: 1, token: '***', list: [{ a: '***' }, 2], pin: '***' },
  env: { MODE: '***', PLAIN: 'x' },
  exec: null,
  timeouts: { poll: 5 },
  default_timeout_ms: 7,
  limits: { ...DEFAULT_LIMITS, events: 3 },
  containment: { tier: 'group', network: true, noNewPrivs: null },
  fills: [
    { at: ['config', 'token'], parts: [{ from: 'env:TOKEN' }] },
    { at: ['config', 'list', 0, 'a'], parts: [{ text: 'Bearer ' }, { from: 'env:TOKEN' }, { from: 'file:/k' }] },
    { at: ['config', 'pin'], parts: [{ from: 'config:plugins.p.config.pin' }] },
    { at: ['env', 'MODE'], parts: [{ from: 'env:MODE' }] },
  ],
};

const VALUES: Readonly<Record<string, Json>> = {
  'env:TOKEN': 'abc',
  'file:/k': 9,
  'config:plugins.p.config.pin': 1234,
  'env:MODE': 'prod',
};

test('the secrets of a template are filled in where they were, in their order and kind', () => {
  const { config, env, exec, missing } = fillTemplate(TEMPLATE, (reference) => VALUES[reference]);
  assert.equal(JSON.stringify(config), '{"z":1,"token":"abc","list":[{"a":"Bearer abc9"},2],"pin":1234}');
  assert.deepEqual(env, { MODE: 'prod', PLAIN: 'x' });
  assert.deepEqual([exec, missing], [null, []]);
});

test('a secret without a value is masked and named once', () => {
  const { config, missing } = fillTemplate(TEMPLATE, () => undefined);
  assert.equal(JSON.stringify(config), '{"z":1,"token":"***","list":[{"a":"Bearer ******"},2],"pin":"***"}');
  assert.deepEqual(missing, ['env:TOKEN', 'file:/k', 'config:plugins.p.config.pin', 'env:MODE']);
  assert.deepEqual(referencesOf(TEMPLATE), missing);
});

test('a place that is not there is left out', () => {
  const fills = [{ at: ['config', 'z', 'deep'], parts: [{ text: 'x' }] }];
  assert.deepEqual(fillTemplate({ ...TEMPLATE, fills }, () => undefined).config, TEMPLATE.config);
});

test('an instance runs as it was configured then, with the program it has now', () => {
  const now = instanceOf({ config: { other: 1 }, runAs: 'me' });
  const filled = fillTemplate(TEMPLATE, (reference) => VALUES[reference]);
  const then = asItRan(now, { template: TEMPLATE, filled });
  assert.deepEqual(then.program, now.program);
  assert.equal(then.runAs, 'me');
  assert.deepEqual([then.timeouts, then.defaultTimeoutMs, then.limits.events], [{ poll: 5 }, 7, 3]);
  const exec = { argv: ['x'], shell: null, stdin: 'none', env: {}, emit: null, idempotent: true } as const;
  const command = asItRan(now, { template: TEMPLATE, filled: { ...filled, exec: { ...exec, argv: ['x'] } } });
  assert.deepEqual(command.program, { kind: 'exec', exec });
});

test('a template is read back as it was written', () => {
  assert.deepEqual(instanceTemplateSchema.parse(JSON.parse(JSON.stringify(TEMPLATE))), TEMPLATE);
  assert.equal(instanceTemplateSchema.safeParse({ ...TEMPLATE, config: [] }).success, false);
});
