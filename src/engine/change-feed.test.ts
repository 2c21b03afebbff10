import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it, type TestContext } from 'node:test';
import { systemClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import {
  decisionOf,
  draftOf,
  eventOf,
  instanceOf,
  request,
  settlementOf,
  syncInstances,
  T0,
} from '../store/contract-values.ts';
import { DATABASE_FILE, openSqliteStore } from '../store/sqlite/open.ts';
import { createChangeFeed, type Told } from './change-feed.ts';

function feedOver(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-feed-'));
  const store = openSqliteStore({ dir });
  t.after(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { dir, store, feed: createChangeFeed({ store, clock: systemClock, log: silentLog }) };
}

async function next(told: AsyncGenerator<Told, void, undefined>): Promise<Told> {
  const { value } = await told.next();
  if (value === undefined) throw new Error('the feed has ended');
  return value;
}

/** Kinds and news of the changes up to that many. */
async function changes(told: AsyncGenerator<Told, void, undefined>, count: number): Promise<readonly string[]> {
  const seen: string[] = [];
  while (seen.length < count) {
    const page = await next(told);
    if (page.kind !== 'changes') throw new Error(page.kind);
    for (const change of page.changes) {
      const about =
        change.kind === 'job'
          ? `${change.jobId} ${change.was}→${change.status}`
          : 'became' in change
            ? change.became
            : '';
      seen.push(`${change.kind} ${about}`.trim());
    }
  }
  return seen;
}

it('tells what changes in the order of the commits, from where its follower is', async (t) => {
  const { store, feed } = feedOver(t);
  await syncInstances(store, [instanceOf('alpha')]);
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  const end = new AbortController();
  const told = feed.follow(null, end.signal);
  const ready = await next(told);
  assert.equal(ready.kind, 'ready');

  await store.claim(request({ slots: 1 }));
  await store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement: settlementOf(1) });
  await store.commit({
    kind: 'emit',
    routed: { event: eventOf('e'), drafts: [draftOf('b', { sourceEventId: 'e' })], decisions: [decisionOf()] },
  });
  const pause = {
    kind: 'pause',
    instance: 'alpha',
    paused: true,
    at: T0,
    decision: decisionOf({ code: 'instance_paused', collapseKey: 'k' }),
  } as const;
  await store.commit(pause);
  const expected = [
    'job a queued→running',
    'job a running→succeeded',
    'event',
    'job b null→queued',
    'decision',
    'instance paused',
    'decision',
  ];
  assert.deepEqual(await changes(told, expected.length), expected);

  const again = feed.follow(ready.position, end.signal);
  assert.deepEqual(await next(again), ready);
  assert.deepEqual(await changes(again, expected.length), expected);
  const waiting = told.next();
  end.abort();
  assert.equal((await waiting).done, true);
  assert.equal((await again.next()).done, true);
});

it('tells a follower to begin anew when what it has missed is not kept any more', async (t) => {
  const { dir, store, feed } = feedOver(t);
  const drafts = Array.from({ length: 9 }, (_, index) => draftOf(`job${index}`));
  await store.commit({ kind: 'enqueue', drafts });
  const db = new DatabaseSync(join(dir, DATABASE_FILE));
  db.exec('DELETE FROM changes WHERE seq <= 5');
  db.close();
  const { signal } = new AbortController();
  assert.deepEqual(await next(feed.follow(4, signal)), { kind: 'reset', position: 9 });
  assert.deepEqual(await next(feed.follow(5, signal)), { kind: 'ready', position: 5 });
  assert.deepEqual(await next(feed.follow(10, signal)), { kind: 'reset', position: 9 });
});

it('asks nothing of the store while nobody follows', async (t) => {
  const { store, feed } = feedOver(t);
  const end = new AbortController();
  const told = feed.follow(null, end.signal);
  await next(told);
  end.abort();
  assert.equal((await told.next()).done, true);
  const before = store.counters().calls;
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  assert.equal(store.counters().calls, before + 1);
});

it('serves a hundred followers and refuses the next until one leaves', async (t) => {
  const { feed } = feedOver(t);
  const ends = Array.from({ length: 100 }, () => new AbortController());
  await Promise.all(ends.map(({ signal }) => next(feed.follow(null, signal))));
  await assert.rejects(next(feed.follow(null, new AbortController().signal)), { code: 'too_many_streams' });
  ends[0]?.abort();
  assert.equal((await next(feed.follow(null, new AbortController().signal))).kind, 'ready');
  for (const end of ends) end.abort();
});

it('tells of a claim only once it would survive a power cut', async (t) => {
  const { store, feed } = feedOver(t);
  await syncInstances(store, [instanceOf('alpha')]);
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  const end = new AbortController();
  const told = feed.follow(null, end.signal);
  await next(told);
  await store.claim(request({ slots: 1 }));
  const { syncs } = store.counters();
  assert.deepEqual(await changes(told, 1), ['job a queued→running']);
  assert.equal(store.counters().syncs, syncs + 1);
  end.abort();
  await told.next();
});
