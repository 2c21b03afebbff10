import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import type { Answer } from '../e2e/gateway-process.ts';
import { site } from './site.ts';

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

it('500 failures reach a notifier as one message, over a restart', async (t) => {
  const { dir, start, json } = site(t, CONFIG, FILES);
  const until = async (words: readonly string[], satisfies: (answer: Answer) => boolean): Promise<Answer> => {
    for (let tries = 0; ; tries += 1) {
      const answer = await json(0, ...words);
      if (satisfies(answer)) return answer;
      assert.ok(tries < 5_000, JSON.stringify(answer));
    }
  };
  const first = await start();
  for (let n = 0; n < 10; n += 1) await json(0, 'emit', 'bad.news');
  await until(['status'], ({ jobs }) => jobs.failed === 500);
  await first.stop();
  // As if the gateway had been down for a while: nothing in a test waits for half a minute.
  const db = new DatabaseSync(join(dir, 'state', 'ductile.db'));
  db.exec('UPDATE untold SET at = at - 60000');
  db.close();
  const second = await start();
  const { jobs } = await until(['job', 'list', '--instance', 'notify'], (answer) =>
    answer['jobs'].some(({ status }: Answer) => status === 'succeeded'),
  );
  assert.deepEqual(
    jobs.map(({ submitted_by }: Answer) => submitted_by),
    ['core:on_failure'],
  );
  await second.stop();
  const messages = readFileSync(join(dir, 'messages'), 'utf8').trimEnd().split('\n');
  assert.equal(messages.length, 1);
  const message = JSON.parse(messages[0] ?? '') as Answer;
  assert.match(message['text'], /^watched: 500 failures\n- 500 × strict handle failed: .* \(invalid_input\)$/);
  assert.equal(message['job_ids'].length, 20);
});
