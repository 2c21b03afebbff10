import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMeant, secretHistory } from './secret-history.ts';

const withToken = (...names: readonly string[]) => ({
  plugins: Object.fromEntries(names.map((name) => [name, { config: { list: ['a ${env:TOKEN} b', 7] } }])),
});

test('who had a reference is told with its last time without a gap', () => {
  const history = secretHistory([
    { version: 'v4', at: 40, tree: withToken('kept', 'back') },
    { version: 'v3', at: 30, tree: withToken('kept', 'gone') },
    { version: 'v2', at: 20, tree: withToken('kept', 'gone', 'back') },
    { version: 'v1', at: 10, tree: withToken('gone') },
  ]);
  const told = history.map(({ holder, since, until }) => [holder.name, since.version, until?.version ?? null]);
  assert.deepEqual(told, [
    ['kept', 'v2', null],
    ['back', 'v4', null],
    ['gone', 'v1', 'v4'],
  ]);
  assert.deepEqual(history[0]?.reference, '${env:TOKEN}');
  assert.deepEqual(history[0]?.holder.key, 'plugins.kept.config.list[0]');
});

test('without configurations there is no history', () => {
  assert.deepEqual(secretHistory([]), []);
});

const SECRET = { name: 'file:/etc/ductile/key', reference: '${file:key}', key: 'plugins.x.config.token' };
for (const [asked, meant] of [
  ['file:/etc/ductile/key', true],
  ['/etc/ductile/key', true],
  ['key', true],
  ['${file:key}', true],
  ['plugins.x.config.token', true],
  ['plugins.x', true],
  ['plugins', true],
  ['plugins.y', false],
  ['plug', false],
  ['other', false],
] as const) {
  test(`"${asked}" ${meant ? 'means' : 'does not mean'} the secret`, () => {
    assert.equal(isMeant(asked, SECRET), meant);
  });
}

test('a value that stands there literally goes by its place', () => {
  const key = 'routes[0].with.token';
  assert.ok(isMeant('routes[0]', { name: key, reference: null, key }));
  assert.ok(isMeant('routes', { name: key, reference: null, key }));
  assert.ok(!isMeant('routes[1]', { name: key, reference: null, key }));
});
