import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { overSocket } from '../../src/cli/socket.ts';
import type { Json } from '../../src/domain/json.ts';
import { type Answer, site } from './gateway-process.ts';

const CONFIG = `
service: { state_dir: ./state, concurrency: 2 }
plugins:
  work: { uses: exec, config: { argv: [/bin/true] } }
`;
const CLIENTS = 6;
const BACKUPS = 3;
/** Jobs that are acknowledged between two backups. */
const BETWEEN = 150;

async function ask(stateDir: string, method: 'GET' | 'POST', path: string, body: Json = null): Promise<Answer> {
  const text = body === null ? null : JSON.stringify(body);
  const reply = await overSocket(join(stateDir, 'ductile.sock'), { method, path: `/api/v1${path}`, body: text });
  assert.ok(reply.status < 300, JSON.stringify(reply.body));
  return reply.body as Answer;
}

/** Submits jobs from several clients until `stop`, and tells of every acknowledgement. */
function load(stateDir: string): {
  readonly acknowledged: Set<string>;
  until(count: number): Promise<void>;
  stop(): Promise<void>;
} {
  const acknowledged = new Set<string>();
  const waiting: { readonly count: number; readonly resume: () => void }[] = [];
  let stopped = false;
  async function client(): Promise<void> {
    while (!stopped) {
      const { job_id } = await ask(stateDir, 'POST', '/jobs', {
        instance: 'work',
        payload: { text: 'x'.repeat(2_000) },
      });
      acknowledged.add(job_id);
      for (const { count, resume } of waiting) if (acknowledged.size >= count) resume();
    }
  }
  const clients = Array.from({ length: CLIENTS }, client);
  return {
    acknowledged,
    until: (count) => new Promise((resume) => waiting.push({ count, resume })),
    async stop() {
      stopped = true;
      await Promise.all(clients);
    },
  };
}

/** Every job of a gateway, by its API. */
async function jobsOf(stateDir: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Answer = await ask(stateDir, 'GET', `/jobs?limit=500${query}`);
    for (const { id } of page['jobs']) ids.add(id);
    cursor = page['next_cursor'];
  }
  return ids;
}

test('backups taken under load restore to a serving gateway with all jobs acknowledged before their start', async (t) => {
  const s = site(t, CONFIG);
  const gateway = await s.start();
  const work = load(s.stateDir);
  const backups: { readonly file: string; readonly before: readonly string[] }[] = [];
  for (let n = 1; n <= BACKUPS; n += 1) {
    await work.until(n * BETWEEN);
    const before = [...work.acknowledged];
    const { file } = await ask(s.stateDir, 'POST', '/backup', { file: join(s.dir, `backup-${n}`) });
    backups.push({ file, before });
  }
  await work.stop();
  gateway.kill('SIGKILL');
  await gateway.ended;

  for (const [index, { file, before }] of backups.entries()) {
    const restored = site(t, CONFIG);
    const { code, stderr } = await restored.ductile('restore', file);
    assert.equal(code, 0, stderr);
    const serving = await restored.start();
    const there = await jobsOf(restored.stateDir);
    assert.deepEqual(
      before.filter((id) => !there.has(id)),
      [],
      `backup ${index + 1}`,
    );
    assert.ok(there.size <= work.acknowledged.size + CLIENTS);
    const job = await ask(restored.stateDir, 'POST', '/jobs?wait=60s', { instance: 'work', priority: 100 });
    assert.equal(job['status'], 'succeeded');
    serving.kill('SIGKILL');
    await serving.ended;
  }
});
