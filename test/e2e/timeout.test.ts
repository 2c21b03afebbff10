import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAlive, site } from './gateway-process.ts';

test('a plugin that hangs with a grandchild on its stdout times out, and neither process is left', async (t) => {
  const s = site(
    t,
    `
service: { state_dir: ./state }
plugins: { hang: { timeouts: { poll: 300ms }, retry: { max_attempts: 1 } } }
`,
    {
      'plugins/hang/manifest.yaml': 'name: hang\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll]\n',
      'plugins/hang/run.sh': '#!/bin/bash\nsetsid sleep 600 &\necho $$ $! > pids\nsleep 600\n',
    },
  );
  const result = await s.ductile('run', 'hang', '--wait', '--timeout', '30s', '--json');
  assert.equal(result.code, 1, result.stderr);
  const job = JSON.parse(result.stdout);
  const [attempt] = job.attempts;
  assert.deepEqual([job.status, attempt.outcome, attempt.error.code], ['dead', 'timed_out', 'timed_out']);
  const pids = readFileSync(join(s.stateDir, 'instances/hang/pids'), 'utf8').trim().split(' ').map(Number);
  assert.equal(pids.length, 2);
  assert.deepEqual(pids.filter(isAlive), []);
});
