import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { storeSite } from '../../../test/store-site.ts';
import { deliveryOf, draftOf, eventOf } from '../contract-values.ts';
import { Connection } from './connection.ts';
import { DATABASE_FILE } from './open.ts';
import { carrierOf } from './shared-body.ts';

const site = storeSite();

test('a body carries a text that it is to the byte, and no other', () => {
  const stored = { deliverySeq: 7, body: Buffer.from('{"a":"ü"}') };
  assert.equal(carrierOf('{"a":"ü"}', stored), 7);
  for (const text of ['{"a":"u"}', '{"a": "ü"}', '{"a":"u\u0308"}', ''])
    assert.equal(carrierOf(text, stored), null, text);
  assert.equal(
    carrierOf('{"a":"\ufffd"}', { deliverySeq: 7, body: Buffer.from('{"a":"\xff\xff\xff"}', 'latin1') }),
    null,
  );
  assert.equal(carrierOf('{}', undefined), null);
});

test('a payload that the body says word for word is stored once', async () => {
  const store = site.open();
  for (const [id, text] of [
    ['same', '{"a":1}'],
    ['other', '{"a": 1}'],
  ] as const) {
    const payload = { a: 1 };
    const event = eventOf(`event-${id}`, { payload });
    const work = { draft: draftOf(`job-${id}`, { payload }), routed: { event, drafts: [], decisions: [] } };
    await store.commit({ kind: 'deliver', delivery: deliveryOf(id, { body: Buffer.from(text) }), work });
  }
  await store.close();
  const db = new Connection(join(site.dir, DATABASE_FILE), { readOnly: true });
  assert.deepEqual(
    db
      .all<{ payload: string }>('SELECT payload FROM payloads UNION ALL SELECT payload FROM events')
      .map((row) => row.payload),
    ['{"a":1}', '', '{"a":1}'],
  );
  db.close();
});
