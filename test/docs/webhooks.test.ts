import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadSnapshot } from '../../src/disk/build-snapshot.ts';
import type { Json } from '../../src/domain/json.ts';
import type { Endpoint } from '../../src/domain/webhook/endpoint.ts';
import { blocksOf, rowsOf, sectionOf, textOf } from './pages.ts';

const folder = mkdtempSync(join(tmpdir(), 'ductile-webhooks-'));
after(() => rmSync(folder, { recursive: true }));

/** The endpoints of the first configuration in a page; `whsec_` suits every scheme but Discord's. */
function endpointsIn(page: string): readonly Endpoint[] {
  const text = textOf(`docs/webhooks/${page}.md`);
  const [yaml = ''] = blocksOf(text, 'yaml');
  const file = join(folder, `${page}.yaml`);
  writeFileSync(file, yaml);
  const names = [...yaml.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = '']) => name);
  const secret = page === 'discord' ? 'ab'.repeat(32) : `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
  const env = { HOME: folder, ...Object.fromEntries(names.map((name) => [name, secret])) };
  return loadSnapshot({ file, env }).snapshot.webhooks.endpoints;
}

describe('docs/webhooks', () => {
  const senders = rowsOf(sectionOf(textOf('docs/webhooks.md'), 'Senders'));
  const pages = senders.map(([link = '']) => /\(webhooks\/(\w+)\.md\)/.exec(link)?.[1] ?? '');

  it('has a page for every scheme', () => {
    const schemes = new Set(pages.flatMap((page) => endpointsIn(page).map(({ verify }) => verify.scheme)));
    const known = [
      'basic',
      'bearer',
      'discord',
      'gitea',
      'github',
      'gitlab',
      'hmac',
      'linear',
      'none',
      'shopify',
      'slack',
    ];
    assert.deepEqual([...schemes].toSorted(), [...known, 'standard', 'stripe', 'telegram', 'twilio']);
  });

  const EMITTED: readonly (readonly [string, string, Readonly<Record<string, string>>, Json])[] = [
    ['github', 'github.pull_request', { 'x-github-event': 'pull_request' }, {}],
    ['gitlab', 'gitlab.merge_request', {}, { object_kind: 'merge_request' }],
    ['gitea', 'forge.push', {}, {}],
    ['stripe', 'stripe.invoice.paid', {}, { type: 'invoice.paid' }],
    ['slack', 'slack.app_mention', {}, { event: { type: 'app_mention' } }],
    ['shopify', 'shopify.orders.create', { 'x-shopify-topic': 'orders/create' }, {}],
    ['linear', 'linear.issue.create', {}, { type: 'Issue', action: 'create' }],
    ['twilio', 'sms.received', {}, {}],
    ['telegram', 'telegram.update', {}, {}],
    ['standard', 'service.user.created', {}, { type: 'user.created' }],
    ['hmac', 'backup.done', {}, {}],
  ];
  for (const [page, type, headers, body] of EMITTED) {
    it(`${page}.md emits ${type}`, () => {
      const [endpoint] = endpointsIn(page);
      assert.deepEqual(endpoint?.emit?.({ headers, query: {}, body }), { type });
    });
  }
});
