import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Path } from './config/finding.ts';
import { secretHolders } from './secret-holders.ts';

const TREE = {
  routes: [{ name: 'one', to: ['greet', { instance: 'echo', command: 'poll' }, 'greet', 7] }, { name: 'broken' }],
  webhooks: { endpoints: [{ name: 'github' }, {}] },
};

const CASES: readonly (readonly [Path, readonly string[]])[] = [
  [['plugins', 'greet', 'env', 'TOKEN'], ['instance greet plugins.greet.env.TOKEN']],
  [
    ['routes', 0, 'with', 'key'],
    ['instance greet routes[0].with.key', 'instance echo routes[0].with.key'],
  ],
  [['routes', 1, 'with'], ['gateway null routes[1].with']],
  [['webhooks', 'endpoints', 0, 'verify', 'secrets', 1], ['webhook github webhooks.endpoints[0].verify.secrets[1]']],
  [['webhooks', 'endpoints', 1, 'path'], ['gateway null webhooks.endpoints[1].path']],
  [['webhooks', 'public_url'], ['gateway null webhooks.public_url']],
  [['service', 'heartbeat_url'], ['gateway null service.heartbeat_url']],
];

for (const [path, wanted] of CASES) {
  test(`what stands at ${path.join('.')} goes to ${wanted.join(' and ')}`, () => {
    const holders = secretHolders(TREE, path).map(({ kind, name, key }) => `${kind} ${name} ${key}`);
    assert.deepEqual(holders, wanted);
  });
}
