import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import type { Answer } from '../e2e/gateway-process.ts';
import { type Site, site } from './site.ts';

const ROUTES = Array.from({ length: 50 }, (_, n) => `  - { name: r${n}, event_type: bad.news, to: strict }`);

const CONFIG = `
service: { name: watched, state_dir: ./state, on_failure: { to: notify } }
plugins:
  strict:
  notify:
routes:
${ROUTES.join('\n')}
`;

const FILES = {
  'plugins/strict/manifest.yaml': `
name: strict
protocol: 1
entrypoint: strict.sh
commands: { handle: { input_schema: { type: object, required: [name] } } }
`,
  'plugins/strict/strict.sh': '#!/bin/bash\nexit 1\n',
  'plugins/notify/manifest.yaml': 'name: notify\nprotocol: 1\nentrypoint: notify.py\ncommands: [handle]\n',
  'plugins/notify/notify.py': `#!/usr/bin/env python3
import json, os, sys
request = json.load(sys.stdin)
with open(os.path.join(os.getcwd(), "..", "..", "..", "messages"), "a") as file:
    file.write(json.dumps(request["payload"]) + "\\n")
print(json.dumps({"protocol": 1, "status": "ok"}))
`,
};

/** What a command prints as JSON once it satisfies. */
async function until(
  { json }: Pick<Site, 'json'>,
  words: readonly string[],
  satisfies: (answer: Answer) => boolean,
): Promise<Answer> {
  for (let tries = 0; ; tries += 1) {
    const answer = await json(0, ...words);
    if (satisfies(answer)) return answer;
    assert.ok(tries < 5_000, JSON.stringify(answer));
  }
}

/** As if the gateway had been down for a while: nothing in a test waits for half a minute. */
function letTimePass(dir: string): void {
  const db = new DatabaseSync(join(dir, 'state', 'ductile.db'));
  db.exec('UPDATE untold SET at = at - 60000');
  db.close();
}

function messagesIn(dir: string): readonly Answer[] {
  const lines = readFileSync(join(dir, 'messages'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Answer);
}

it('500 failures reach a notifier as one message, over a restart', async (t) => {
  const s = site(t, CONFIG, FILES);
  const { dir, start, json } = s;
  const first = await start();
  for (let n = 0; n < 10; n += 1) await json(0, 'emit', 'bad.news');
  await until(s, ['status'], ({ jobs }) => jobs.failed === 500);
  await first.stop();
  letTimePass(dir);
  const second = await start();
  const { jobs } = await until(s, ['job', 'list', '--instance', 'notify'], (answer) =>
    answer['jobs'].some(({ status }: Answer) => status === 'succeeded'),
  );
  assert.deepEqual(
    jobs.map(({ submitted_by }: Answer) => submitted_by),
    ['core:on_failure'],
  );
  await second.stop();
  const [message, ...others] = messagesIn(dir);
  assert.deepEqual(others, []);
  assert.match(message?.['text'], /^watched: 500 failures\n- 500 × strict handle failed: .* \(invalid_input\)$/);
  assert.equal(message?.['job_ids'].length, 20);
});

it('a breaker that opened and an expectation that was missed reach the notifier in the same message', async (t) => {
  const s = site(
    t,
    `
service: { name: watched, state_dir: ./state, on_failure: { to: notify } }
plugins:
  nightly:
    uses: exec
    config: { argv: ["false"] }
    retry: { max_attempts: 1 }
    breaker: { threshold: 1, reset_after: 1h }
    schedules: [ { id: now, every: 1h, run_on_start: true } ]
  notify:
expect: [ { name: backups, event_type: backup.done, within: 1s } ]
`,
    FILES,
  );
  const first = await s.start();
  await until(
    s,
    ['status'],
    ({ instances, expectations }) =>
      expectations[0].missed_since !== null &&
      instances.some(({ breakers }: Answer) => breakers.some(({ state }: Answer) => state === 'open')),
  );
  await first.stop();
  letTimePass(s.dir);
  const second = await s.start();
  await until(s, ['job', 'list', '--instance', 'notify'], (answer) =>
    answer['jobs'].some(({ status }: Answer) => status === 'succeeded'),
  );
  await second.stop();
  const [message, ...others] = messagesIn(s.dir);
  assert.deepEqual(others, []);
  const groups = message?.['groups'].map(({ kind, instance, code }: Answer) => `${kind} ${instance} ${code}`);
  assert.deepEqual(groups.toSorted(), [
    'breaker_opened nightly breaker_opened',
    'dead nightly nonzero_exit',
    'expectation_missed null expectation_missed',
  ]);
});
