import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Answer, site } from './gateway-process.ts';

const PLUGIN = (name: string): string => `name: ${name}\nprotocol: 1\nentrypoint: run.py\ncommands: [handle]\n`;
const FILES = {
  'plugins/killer/manifest.yaml': PLUGIN('killer'),
  // Ends its gateway, which is its parent, but only when the innocent runs as well or it runs alone: the same each time.
  'plugins/killer/run.py': `#!/usr/bin/env python3
import json, os, signal, sys, time
request = json.load(sys.stdin)
beside = os.path.join(os.getcwd(), "..", "innocent", "running")
while request["attempt"] < 3 and not os.path.exists(f"{beside}.{request['attempt']}"): time.sleep(0.01)
os.kill(os.getppid(), signal.SIGKILL)
time.sleep(600)
`,
  'plugins/innocent/manifest.yaml': PLUGIN('innocent'),
  // Works until it is ended, as long as the killer runs beside it.
  'plugins/innocent/run.py': `#!/usr/bin/env python3
import json, sys, time
request = json.load(sys.stdin)
open(f"running.{request['attempt']}", "w").close()
if request["attempt"] < 3: time.sleep(600)
open("done", "w").write("done")
print(json.dumps({"protocol": 1, "status": "ok"}))
`,
};
const CONFIG = `
service: { state_dir: ./state, concurrency: 4 }
plugins:
  killer: {}
  innocent: {}
  other: { uses: exec, config: { shell: "echo x >> ../../others" } }
  told: { uses: exec, config: { shell: "cat > ../../told", stdin: payload } }
routes: [ { name: tell, event_type: ductile.job.dead, to: told } ]
`;

test('a job that ends its gateway each time is dead with poison after three ends; an innocent beside it does its work', async (t) => {
  const s = site(t, CONFIG, FILES);
  const submit = async (instance: string, command: string): Promise<string> =>
    (await s.json('run', instance, command)).job_id;
  const killer = await submit('killer', 'handle');
  const innocent = await submit('innocent', 'handle');
  for (let end = 1; end <= 2; end += 1) {
    const gateway = s.launch();
    assert.equal((await gateway.ended).signal, 'SIGKILL');
  }
  const suspects = await Promise.all([killer, innocent].map((id) => s.json('job', 'show', id)));
  assert.deepEqual(
    suspects.map(({ status }) => status),
    ['running', 'running'],
  );

  // Before the third end, an ordinary job that came later has run.
  const other = await submit('other', 'run');
  assert.deepEqual(
    (await Promise.all([killer, innocent].map((id) => s.json('job', 'show', id)))).map(({ suspect }) => suspect),
    [true, true],
  );
  assert.equal((await s.launch().ended).signal, 'SIGKILL');
  assert.equal((await s.json('job', 'show', other)).status, 'succeeded');
  assert.equal((await s.json('job', 'show', innocent)).attempts.length, 2, 'nothing ran beside the suspect');

  const last = await s.start();
  await last.line(({ job_id, status }) => job_id === innocent && status === 'succeeded');
  await last.line(({ instance, status }) => instance === 'told' && status === 'succeeded');
  const dead = await s.json('job', 'show', killer);
  assert.deepEqual([dead.status, dead.last_error.code, dead.suspect], ['dead', 'poison', false]);
  assert.deepEqual(
    dead.attempts.map(({ outcome }: Answer) => outcome),
    ['orphaned', 'orphaned', 'orphaned'],
  );
  const codes = (job: Answer): readonly string[] => job.decisions.map(({ code }: Answer) => code);
  assert.ok(codes(dead).includes('suspect_runs'));
  const cleared = await s.json('job', 'show', innocent);
  assert.deepEqual([cleared.status, cleared.suspect, cleared.attempts.length], ['succeeded', false, 3]);
  assert.deepEqual(
    codes(cleared).filter((code) => code.startsWith('suspect')),
    ['suspect_waits', 'suspect_runs'],
  );
  assert.ok(existsSync(join(s.stateDir, 'instances/innocent/done')));
  assert.equal(JSON.parse(readFileSync(join(s.stateDir, 'told'), 'utf8')).job_id, killer);

  // Work goes on as ever.
  await s.json('run', 'other', 'run', '--wait');
  assert.equal(readFileSync(join(s.stateDir, 'others'), 'utf8'), 'x\nx\n');
  last.kill('SIGTERM');
  assert.equal((await last.ended).code, 0);
});
