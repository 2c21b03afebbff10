import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createBackups } from '../../src/engine/backups.ts';
import type { Operations } from '../../src/engine/operations.ts';
import { BACKUP_ROUTES } from '../../src/http/api/backups.ts';
import { CLI } from '../../src/http/api/caller.ts';
import type { Context } from '../../src/http/api/route.ts';
import { harness, temporaryDir } from '../engine/harness.ts';

test('who comes with a token may have a backup made, and may not say where on this machine', async (t) => {
  const dir = temporaryDir(t);
  const backup = { dir, rhythm: { kind: 'every', everyMs: 3_600_000 }, keep: 2 } as const;
  const h = await harness(t, { plugins: {}, service: { name: 'home', backup } });
  const { make } = createBackups(h.parts, { wake() {}, hear() {} });
  const route = BACKUP_ROUTES.find(({ path }) => path === '/backup') ?? assert.fail();
  const ask = (source: string, body: object) =>
    route.answer({ params: {}, query: {}, body }, {
      operations: { backup: make } as unknown as Operations,
      caller: { ...CLI, source },
      headers: {},
      gone: () => new AbortController().signal,
    } as Context);
  const file = join(dir, 'named');
  await assert.rejects(ask('api', { file }), { code: 'forbidden' });
  assert.equal(existsSync(file), false);
  assert.equal((await ask('api', {})).status, 201);
  assert.equal((await ask('cli', { file })).status, 201);
  await assert.rejects(ask('cli', { file: 'relative' }), { code: 'usage' });
});
