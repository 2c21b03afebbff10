import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Authentication, createAuthentication } from '../../src/engine/authentication.ts';
import { createTokenOperations, type TokenOperations } from '../../src/engine/token-operations.ts';
import { type Harness, harness, type Scope } from './harness.ts';

interface SetUp {
  readonly h: Harness;
  readonly authentication: Authentication;
  readonly operations: TokenOperations;
  /** Makes a token that may read, and resolves to its text. */
  create(name: string, livesMs?: number): Promise<string>;
}

async function setUp(t: Scope): Promise<SetUp> {
  const h = await harness(t, { plugins: {} });
  const authentication = createAuthentication(h.parts);
  let secrets = 0;
  const newSecret = (bytes: number): Uint8Array => {
    secrets += 1;
    return new Uint8Array(bytes).fill(secrets);
  };
  const operations = createTokenOperations(h.parts, { newSecret, ended: authentication.ended });
  return {
    h,
    authentication,
    operations,
    async create(name, livesMs) {
      const expiresAt = livesMs === undefined ? null : h.clock.now() + livesMs;
      const request = { name, scopes: ['read'], instances: null, expiresAt, by: 'cli' } as const;
      return (await operations.createToken(request)).text;
    },
  };
}

test('a token is taken until it expires or is revoked, and nothing else is', async (t) => {
  const { h, authentication, operations, create } = await setUp(t);
  assert.equal(await authentication.anyLive(), false);
  const [lasting, brief] = [await create('lasting'), await create('brief', 1_000)];
  assert.equal((await authentication.check(lasting, '::1'))?.name, 'lasting');
  assert.equal((await authentication.check(brief, '::1'))?.name, 'brief');
  for (const other of ['', 'dct_', lasting.toUpperCase(), `${lasting}=`, ` ${lasting}`]) {
    assert.equal(await authentication.check(other, '::1'), null, other);
  }
  h.clock.advance(999);
  assert.notEqual(await authentication.check(brief, '::1'), null);
  h.clock.advance(1);
  assert.equal(await authentication.check(brief, '::1'), null);
  assert.equal(await authentication.anyLive(), true);
  await operations.revokeToken('lasting', 'cli');
  assert.equal(await authentication.check(lasting, '::1'), null);
  assert.equal(await authentication.anyLive(), false);
});

test('the use of a token is written once a minute, however often it is used, and not without a sync of its own', async (t) => {
  const { h, authentication, create } = await setUp(t);
  const text = await create('busy');
  const usedAt = async () => (await h.store.read.tokens({ liveAt: null }, { limit: 1, cursor: null })).items[0]?.usedAt;
  const start = h.clock.now();
  const before = h.store.counters().transactions;
  for (let use = 0; use < 60; use += 1) {
    await authentication.check(text, '192.0.2.1');
    h.clock.advance(1_000);
  }
  assert.equal(await usedAt(), start);
  await authentication.check(text, '192.0.2.2');
  assert.equal(await usedAt(), start + 60_000);
  assert.equal(h.store.counters().transactions, before + 2);
  // Another process may have written it before.
  assert.notEqual(await createAuthentication(h.parts).check(text, '192.0.2.3'), null);
  assert.equal(h.store.counters().transactions, before + 2);
});

test('whoever watches a token is told once when it expires or is revoked, and not after it stopped watching', async (t) => {
  const { h, authentication, operations, create } = await setUp(t);
  const told: string[] = [];
  const watch = async (what: string, text: string) => {
    const token = await authentication.check(text, '::1');
    assert.ok(token !== null);
    return authentication.watch(token, () => told.push(what));
  };
  const [brief, lasting] = [await create('brief', 1_000), await create('lasting')];
  await watch('expired', brief);
  (await watch('released', brief))();
  await watch('revoked', lasting);
  (await watch('released', lasting))();
  h.clock.advance(1_000);
  assert.deepEqual(told, ['expired']);
  const token = await authentication.check(lasting, '::1');
  await operations.revokeToken('lasting', 'cli');
  await operations.revokeToken('brief', 'cli');
  assert.deepEqual(told, ['expired', 'revoked']);
  // It was checked just before: who watches now is told at once.
  assert.ok(token !== null);
  authentication.watch(token, () => told.push('late'))();
  assert.deepEqual(told, ['expired', 'revoked', 'late']);
});

test('whoever reads without a token is told when that is allowed no more', async (t) => {
  const { h, authentication } = await setUp(t);
  let told = 0;
  authentication.watch(null, () => {
    told += 1;
  });
  const snapshot = h.parts.snapshot();
  await h.use({ ...snapshot, api: { ...snapshot.api, openReading: true } });
  authentication.follow();
  assert.equal(told, 0);
  await h.use(snapshot);
  authentication.follow();
  authentication.follow();
  assert.equal(told, 1);
});
