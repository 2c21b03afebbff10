import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { stderrFileFor, stderrFiles } from './stderr-files.ts';

test('stderr files are found again with their jobs, and strangers are left alone', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-stderr-'));
  t.after(() => rmSync(dir, { recursive: true }));
  assert.deepEqual(stderrFiles(dir), []);
  const path = stderrFileFor(dir, { jobId: 'job-1', attempt: 2 });
  writeFileSync(path, 'x');
  writeFileSync(join(dirname(path), 'notes'), 'x');
  assert.deepEqual(stderrFiles(dir), [{ jobId: 'job-1', path }]);
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
});
