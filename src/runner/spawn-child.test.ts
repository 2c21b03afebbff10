import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import { Worker } from 'node:worker_threads';

it('starts processes from the main thread only', async () => {
  const program = `
    import { parentPort } from 'node:worker_threads';
    const { spawnChild } = await import(${JSON.stringify(import.meta.resolve('./spawn-child.ts'))});
    const clock = { after: () => () => {} };
    parentPort.postMessage(await spawnChild({ argv: ['/bin/true'], cwd: '/', env: {}, stdin: false }, clock));
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
  const [spawned] = await once(worker, 'message');
  await worker.terminate();
  assert.deepEqual(spawned, { ok: false, message: '/bin/true was not started: only the main thread may' });
});
