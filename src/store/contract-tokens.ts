import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { T0, type WithStore } from './contract-values.ts';
import type { NewToken } from './port/tokens.ts';
import type { Store } from './port.ts';

/** Tokens of the API: found by their hash, one for each name, and kept after their end. */
export function tokenContract(withStore: WithStore): void {
  withStore('a token is found by the hash of its text, and by nothing else', async (store, fixture) => {
    await create(store, { name: 'ci', scopes: ['submit', 'read'], instances: ['a', 'b'], expiresAt: T0 + 9 });
    const again = await fixture.reopen();
    assert.deepEqual(await again.read.token(hashOf('ci')), {
      id: 1,
      name: 'ci',
      scopes: ['submit', 'read'],
      instances: ['a', 'b'],
      createdAt: T0,
      createdBy: 'cli',
      expiresAt: T0 + 9,
      endedAt: null,
      endedBy: null,
      usedAt: null,
      usedFrom: null,
    });
    assert.equal(await again.read.token(hashOf('other')), null);
  });

  withStore('a name is taken while its token is live, and free once that was revoked', async (store) => {
    await create(store, { name: 'ci' });
    assert.deepEqual(await create(store, { name: 'ci', hash: hashOf('second') }), { kind: 'taken' });
    const revoked = await store.commit({ kind: 'revoke_token', name: 'ci', by: 'cli', at: T0 + 5 });
    assert.equal(revoked.kind === 'revoked' && revoked.token.id, 1);
    assert.deepEqual(await store.commit({ kind: 'revoke_token', name: 'ci', by: 'cli', at: T0 + 6 }), {
      kind: 'unknown',
    });
    assert.equal((await create(store, { name: 'ci', hash: hashOf('second') })).kind, 'created');
    const first = await store.read.token(hashOf('ci'));
    assert.deepEqual([first?.endedAt, first?.endedBy], [T0 + 5, 'cli']);
    assert.equal((await store.read.token(hashOf('second')))?.endedAt, null);
  });

  withStore('a token that has expired gives its name away', async (store) => {
    await create(store, { name: 'ci', expiresAt: T0 + 5 });
    const early = await create(store, { name: 'ci', hash: hashOf('second'), createdAt: T0 + 4 });
    assert.deepEqual(early, { kind: 'taken' });
    assert.equal((await create(store, { name: 'ci', hash: hashOf('second'), createdAt: T0 + 5 })).kind, 'created');
    assert.equal((await store.read.token(hashOf('ci')))?.endedAt, T0 + 5);
  });

  withStore('a list has the newest first, page by page, or only those that are live', async (store) => {
    await create(store, { name: 'a' });
    await create(store, { name: 'b', expiresAt: T0 + 5 });
    await create(store, { name: 'c' });
    await create(store, { name: 'd', expiresAt: T0 + 6 });
    await store.commit({ kind: 'revoke_token', name: 'c', by: 'cli', at: T0 });
    const first = await store.read.tokens({ liveAt: null }, { limit: 3, cursor: null });
    assert.deepEqual(
      first.items.map(({ name }) => name),
      ['d', 'c', 'b'],
    );
    const second = await store.read.tokens({ liveAt: null }, { limit: 3, cursor: first.nextCursor });
    assert.deepEqual([second.items.map(({ name }) => name), second.nextCursor], [['a'], null]);
    const live = await store.read.tokens({ liveAt: T0 + 5 }, { limit: 3, cursor: null });
    assert.deepEqual(
      live.items.map(({ name }) => name),
      ['d', 'a'],
    );
  });

  withStore('the latest use of a token is kept, whichever is written first', async (store) => {
    await create(store, { name: 'ci' });
    await store.commit({ kind: 'use_token', id: 1, from: '192.0.2.1', at: T0 + 60 });
    await store.commit({ kind: 'use_token', id: 1, from: '192.0.2.2', at: T0 + 50 });
    const token = await store.read.token(hashOf('ci'));
    assert.deepEqual([token?.usedAt, token?.usedFrom], [T0 + 60, '192.0.2.1']);
  });

  withStore('retention removes tokens that ended or expired long ago, and no live one', async (store) => {
    await create(store, { name: 'live' });
    await create(store, { name: 'lasting', expiresAt: T0 + 50_000 });
    await create(store, { name: 'expired', expiresAt: T0 + 5 });
    await create(store, { name: 'revoked' });
    await store.commit({ kind: 'revoke_token', name: 'revoked', by: 'cli', at: T0 + 5 });
    const ages = { succeededMs: 1, eventsMs: 1, decisionsMs: 1, deliveriesMs: 1, rejectionsMs: 1 };
    const prune = async (now: number): Promise<readonly string[]> => {
      while (await store.prune({ ...ages, deadLettersMs: 1_000 }, now));
      const { items } = await store.read.tokens({ liveAt: null }, { limit: 10, cursor: null });
      return items.map(({ name }) => name);
    };
    assert.equal((await prune(T0 + 1_005)).length, 4);
    assert.deepEqual(await prune(T0 + 1_006), ['lasting', 'live']);
    // What was known of the one that has gone must not be taken for the next one.
    const next = await create(store, { name: 'next' });
    assert.equal(next.kind === 'created' && next.token.id, 5);
  });
}

function create(store: Store, token: Partial<NewToken> & { readonly name: string }) {
  const whole: NewToken = {
    hash: hashOf(token.name),
    scopes: ['read'],
    instances: null,
    createdAt: T0,
    createdBy: 'cli',
    expiresAt: null,
    ...token,
  };
  return store.commit({ kind: 'create_token', token: whole });
}

function hashOf(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
