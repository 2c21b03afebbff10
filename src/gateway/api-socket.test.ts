import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import fastify from 'fastify';
import { answersAt, openStream, overSocket } from '../cli/socket.ts';
import { type Log, silentLog } from '../platform/log.ts';
import { openApiSocket } from './api-socket.ts';

async function listening(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'ductile-socket-'));
  const stateDir = join(root, 'state');
  mkdirSync(stateDir);
  const streamed = new PassThrough();
  const api = fastify({ forceCloseConnections: true });
  api.get('/here', async () => ({ here: true }));
  api.get('/stream', (_request, reply) => reply.type('text/event-stream').send(streamed));
  const heard: string[] = [];
  const hear = (message: string): void => void heard.push(message);
  const log: Log = { ...silentLog, warn: hear, error: hear };
  let next: (() => void) | null = null;
  let awaited: () => void = () => {};
  const clock = {
    after(_ms: number, wake: () => void) {
      next = wake;
      awaited();
      return () => {
        next = null;
      };
    },
  };
  const socket = await openApiSocket({ api, stateDir, clock, log });
  t.after(async () => {
    await socket.stop();
    await api.close();
    rmSync(root, { recursive: true });
  });
  return {
    stateDir,
    streamed,
    heard,
    path: socket.path,
    ask: () => overSocket(socket.path, { method: 'GET', path: '/here', body: null }),
    /** The time of a look comes; resolves when it is over. */
    async look() {
      const over = new Promise<void>((resolve) => {
        awaited = resolve;
      });
      next?.();
      await over;
    },
  };
}

test('a socket that was deleted or replaced is made anew, for its owner alone, and what was under way goes on', async (t) => {
  const { path, streamed, heard, ask, look } = await listening(t);
  await look();
  assert.deepEqual(heard, []);
  streamed.write('before ');
  const stream = await openStream(path, '/stream');
  rmSync(path);
  assert.equal(await answersAt(path), false);
  await look();
  assert.deepEqual((await ask()).body, { here: true });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  writeFileSync(`${path}.other`, '');
  rmSync(path);
  writeFileSync(path, 'no socket');
  await look();
  assert.deepEqual((await ask()).body, { here: true });
  streamed.end('after');
  assert.equal(await text(stream.body), 'before after');
  assert.equal(heard.length, 2);
  assert.match(heard.join(), /deleted; it is there again/);
});

test('a socket that cannot be made is told of once, and made when it can be', async (t) => {
  const { stateDir, path, heard, ask, look } = await listening(t);
  rmSync(stateDir, { recursive: true });
  await look();
  await look();
  assert.equal(await answersAt(path), false);
  assert.deepEqual(heard, ['the socket of the command line is gone and cannot be made']);
  mkdirSync(stateDir);
  await look();
  assert.deepEqual((await ask()).body, { here: true });
  assert.equal(heard.length, 2);
});
