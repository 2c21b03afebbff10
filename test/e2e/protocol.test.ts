import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, site } from './gateway-process.ts';

const MANIFEST = 'name: p\nversion: 1.0.0\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll]\n';
const CONFIG = `
service: { state_dir: ./state }
plugins: { p: { retry: { base: 200ms, cap: 10s } } }
`;

test('a plugin that exits 1 twice and then answers ok shows three attempts with errors, stderr and retry times', async (t) => {
  const s = site(t, CONFIG, {
    'plugins/p/manifest.yaml': MANIFEST,
    'plugins/p/run.sh': `#!/bin/bash
read -r -d '' request
count=$(cat count 2>/dev/null || echo 0); count=$((count + 1)); echo $count > count
echo "try $count" >&2
[ $count -lt 3 ] && exit 1
echo '{"protocol": 1, "status": "ok", "result": "third time lucky"}'
`,
  });
  const job = await s.json('run', 'p', '--wait');
  assert.equal(job.status, 'succeeded');
  const attempts: readonly Answer[] = job.attempts;
  assert.deepEqual(
    attempts.map(({ attempt, outcome, exit_code, stderr }) => [attempt, outcome, exit_code, stderr]),
    [
      [1, 'failed', 1, 'try 1\n'],
      [2, 'failed', 1, 'try 2\n'],
      [3, 'succeeded', 0, 'try 3\n'],
    ],
  );
  const waits = attempts.slice(0, 2).map(({ retry_at, ended_at }) => Date.parse(retry_at) - Date.parse(ended_at));
  assert.ok((waits[0] ?? 0) >= 100 && (waits[1] ?? 0) >= 200, String(waits));
  assert.ok(attempts.slice(0, 2).every(({ error }) => error.code === 'nonzero_exit'));
});

test('a manifest that asks for protocol 2 is refused at check with its place', async (t) => {
  const s = site(t, CONFIG, {
    'plugins/p/manifest.yaml': MANIFEST.replace('protocol: 1', 'protocol: 2'),
    'plugins/p/run.sh': '#!/bin/sh\n',
  });
  const { code, stderr } = await s.ductile('check');
  assert.equal(code, 78);
  assert.match(stderr, /manifest\.yaml:3:\d+ error protocol_unsupported/);
  const started = s.launch();
  assert.equal((await started.ended).code, 78);
});

for (const [what, print, exit, code] of [
  ['another protocol', '{"protocol": 2, "status": "ok"}', 0, 'protocol_mismatch'],
  ['no protocol', '{"status": "ok"}', 1, 'protocol_mismatch'],
] as const) {
  test(`a response with ${what} fails its job after one attempt and says what to print`, async (t) => {
    const s = site(t, CONFIG, {
      'plugins/p/manifest.yaml': MANIFEST,
      'plugins/p/run.sh': `#!/bin/bash\ncat > /dev/null\necho '${print}'\nexit ${exit}\n`,
    });
    const result = await s.ductile('run', 'p', '--wait', '--json');
    const job = JSON.parse(result.stdout);
    assert.equal(result.code, 1);
    assert.deepEqual([job.status, job.attempts.length, job.last_error.code], ['failed', 1, code]);
    assert.match(job.last_error.message, /print \{"protocol": 1/);
    assert.equal(job.attempts[0].raw_output.trim(), print);
  });
}

for (const [what, script, outcome, code] of [
  ['garbage', 'echo hello', 'protocol_error', 'invalid_output'],
  ['half an object', `printf '{"protocol": 1, "sta'`, 'protocol_error', 'invalid_output'],
  [
    'two objects',
    `echo '{"protocol":1,"status":"ok"}{"protocol":1,"status":"ok"}'`,
    'protocol_error',
    'invalid_output',
  ],
  ['nothing', 'true', 'protocol_error', 'empty_output'],
  ['ok with exit 3', `echo '{"protocol":1,"status":"ok"}'; exit 3`, 'failed', 'exit_contradiction'],
] as const) {
  test(`a plugin that prints ${what} is ${outcome} (${code})`, async (t) => {
    const s = site(t, CONFIG, {
      'plugins/p/manifest.yaml': MANIFEST,
      'plugins/p/run.sh': `#!/bin/bash\ncat > /dev/null\n${script}\n`,
    });
    const job = await s.json('run', 'p', '--wait', '--max-attempts', '1');
    const [attempt] = job.attempts;
    assert.deepEqual([job.status, attempt?.outcome, attempt?.error.code], ['dead', outcome, code]);
  });
}
