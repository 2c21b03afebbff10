import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { readEvents, type ServerSentEvent } from '../../src/cli/server-sent-events.ts';
import { openStream, overSocket } from '../../src/cli/socket.ts';
import { socketPathOf } from '../../src/disk/socket-path.ts';
import { type Answer, site } from '../e2e/gateway-process.ts';

const CONFIG = `
service: { name: testing, state_dir: ./state, concurrency: 4 }
plugins:
  quick: { uses: exec, config: { argv: ["true"] }, concurrency: 4 }
`;

/** What a client of the stream has seen, and what it would send as Last-Event-ID. */
interface Seen {
  readonly ids: number[];
  readonly jobs: Answer[];
}

async function submit(socketPath: string): Promise<string | null> {
  const body = JSON.stringify({ instance: 'quick', command: 'run' });
  try {
    const { status, body: answer } = await overSocket(socketPath, { method: 'POST', path: '/api/v1/jobs', body });
    return status === 201 ? String((answer as Answer)['job_id']) : null;
  } catch {
    return null;
  }
}

/** Follows until `enough`, or until the gateway goes away; notes ids and changes of jobs. */
async function follow(socketPath: string, seen: Seen, enough: () => boolean): Promise<readonly ServerSentEvent[]> {
  const last = seen.ids.at(-1);
  const { status, body } = await openStream(socketPath, `/api/v1/stream${last === undefined ? '' : `?after=${last}`}`);
  assert.equal(status, 200);
  const events: ServerSentEvent[] = [];
  try {
    for await (const event of readEvents(body)) {
      events.push(event);
      if (event.event !== 'ready') seen.ids.push(Number(event.id));
      else if (last === undefined) seen.ids.push(Number(event.id));
      if (event.event === 'job') seen.jobs.push(event.data as Answer);
      if (enough()) break;
    }
  } catch {
    // The gateway was killed.
  } finally {
    body.destroy();
  }
  return events;
}

describe('the live stream', { timeout: 120_000 }, () => {
  it('has no gap and nothing twice over a kill under load and a new start', async (t) => {
    const { start, stateDir } = site(t, CONFIG);
    const socketPath = socketPathOf(stateDir);
    const seen: Seen = { ids: [], jobs: [] };
    const submitted = new Set<string>();
    let gateway = await start();
    for (let round = 0; round < 2; round += 1) {
      const before = submitted.size;
      const following = follow(socketPath, seen, () => false);
      for (let i = 0; i < 40; i += 1) {
        const id = await submit(socketPath);
        if (id !== null) submitted.add(id);
      }
      assert.equal(submitted.size, before + 40);
      gateway.kill('SIGKILL');
      await gateway.ended;
      await following;
      gateway = await start();
    }
    const ended = new Set<string>();
    await follow(socketPath, seen, () => {
      for (const { job_id, status } of seen.jobs) if (status === 'succeeded') ended.add(job_id);
      return [...submitted].every((id) => ended.has(id));
    });
    assert.deepEqual(
      seen.ids.toSorted((one, other) => one - other),
      seen.ids,
    );
    assert.equal(new Set(seen.ids).size, seen.ids.length);
    // Every number from the first to the last: jobs and decisions are all that changes here.
    assert.equal((seen.ids.at(-1) ?? 0) - (seen.ids[0] ?? 0) + 1, seen.ids.length);
    for (const id of submitted) {
      const own = seen.jobs.filter(({ job_id }) => job_id === id);
      assert.deepEqual([own[0]?.['was'], own[0]?.['status']], [null, 'queued']);
      // Each change begins where the one before has ended.
      for (const [index, change] of own.entries()) {
        if (index > 0) assert.equal(change['was'], own[index - 1]?.['status'], JSON.stringify(own));
      }
      assert.equal(own.at(-1)?.['status'], 'succeeded');
      assert.equal(own.at(-1)?.['ended'].outcome, 'succeeded');
    }
    gateway.kill('SIGTERM');
    assert.equal((await gateway.ended).code, 0);
  });

  it('refuses an id that it never gave, and tells who asks for too old or too new a one to begin anew', async (t) => {
    const { start, stateDir } = site(t, CONFIG);
    await start();
    const socketPath = socketPathOf(stateDir);
    const refused = await openStream(socketPath, '/api/v1/stream?after=x');
    assert.equal(refused.status, 400);
    refused.body.destroy();
    const { body } = await openStream(socketPath, '/api/v1/stream?after=999999');
    const [first] = await Array.fromAsync(take(readEvents(body), 1));
    assert.equal(first?.event, 'reset');
    assert.equal(first.id, (first.data as Answer)['position']);
    body.destroy();
    await once(body, 'close');
  });
});

async function* take<T>(items: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  let left = count;
  for await (const item of items) {
    yield item;
    left -= 1;
    if (left === 0) return;
  }
}
