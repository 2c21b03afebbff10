import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { findProgram } from './find-program.ts';

const root = mkdtempSync(join(tmpdir(), 'ductile-find-'));
after(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, 'folder'));
writeFileSync(join(root, 'tool'), '#!/bin/sh\n', { mode: 0o755 });
writeFileSync(join(root, 'plain'), '#!/bin/sh\n', { mode: 0o644 });

it('finds executable files on PATH, in its order', () => {
  const where = (path: string | undefined): { path: string | undefined; cwd: string } => ({ path, cwd: '/' });
  assert.equal(findProgram('tool', where(`/no/such/dir:${root}`)), join(root, 'tool'));
  assert.equal(findProgram('plain', where(root)), null);
  assert.equal(findProgram('folder', where(root)), null);
  assert.equal(findProgram('', where(root)), null);
  assert.ok(findProgram('sh', where(undefined))?.endsWith('/sh'));
});

it('takes a name with a slash as a path from the working directory', () => {
  const where = { path: '/bin', cwd: '/srv/x' };
  assert.equal(findProgram('./tool', where), '/srv/x/tool');
  assert.equal(findProgram('/opt/tool', where), '/opt/tool');
});
