import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { site } from './site.ts';

const PLUGIN = {
  'plugins/mail/manifest.yaml': `
name: mail
protocol: 1
entrypoint: mail.py
commands: [poll, init, health]
config_keys: { optional: [box, token], secret: [token] }
`,
  // Init works once the file "up" is there, which lies beside the plugin's state.
  'plugins/mail/mail.py': `#!/usr/bin/env python3
import json, os, sys
request = json.load(sys.stdin)
root = os.path.join(os.getcwd(), "..", "..", "..")
answer = {"protocol": 1, "status": "ok", "result": request["command"]}
if request["command"] == "init" and not os.path.exists(os.path.join(root, "up")):
    answer = {"protocol": 1, "status": "error", "error": {"code": "auth_failed", "message": "down"}}
if request["command"] == "health" and not os.path.exists(os.path.join(root, "well")):
    answer = {"protocol": 1, "status": "error", "error": {"code": "unavailable", "message": "unwell"}}
if request["command"] == "poll":
    answer["state_updates"] = {"cursor": request["state"].get("cursor", 0) + 1, "token": request["config"].get("token")}
print(json.dumps(answer))
`,
};

const CONFIG = `
service: { name: holds, state_dir: ./state }
plugins:
  mail: { config: { box: a, token: correct-horse-battery } }
  list: { uses: exec, config: { argv: [echo, one] } }
  slow: { uses: exec, config: { argv: [sleep, "600"] } }
`;

function holds(t: TestContext) {
  const made = site(t, CONFIG, PLUGIN);
  const flag = (name: string): void => writeFileSync(join(made.dir, name), '');
  const submit = async (instance: string): Promise<string> => String((await made.json(0, 'run', instance))['job_id']);
  const job = (id: string) => made.json(0, 'job', 'show', id);
  return { ...made, flag, submit, job };
}

describe('init', () => {
  it('holds the jobs of its instance until it has succeeded, says so, and is tried again on a reset', async (t) => {
    const { flag, start, say, json, submit, job } = holds(t);
    const gateway = await start();
    const id = await submit('mail');
    const held = await job(id);
    assert.deepEqual([held['status'], held['held']], ['queued', { reason: 'unhealthy', until: null }]);
    assert.equal(held['decisions'][0].code, 'instance_unhealthy');
    assert.match((await say('job', 'show', id)).out, /held +its init has not succeeded/);
    assert.match((await say('status')).out, /mail .*unhealthy/);
    const shown = await json(0, 'instance', 'show', 'mail');
    assert.equal(typeof shown['unhealthy_since'], 'string');
    assert.equal((await json(0, 'run', 'list', '--wait'))['status'], 'succeeded');
    flag('up');
    assert.equal((await say('instance', 'reset', 'mail')).code, 0);
    assert.equal((await json(0, 'run', 'mail', '--wait'))['status'], 'succeeded');
    assert.equal((await job(id))['status'], 'succeeded');
    const { jobs } = await json(0, 'job', 'list', '--instance', 'mail');
    const inits = jobs.filter((one: { command: string }) => one.command === 'init');
    assert.ok(inits.every((one: { submitted_by: string }) => one.submitted_by === 'core:init'));
    const count = inits.length;
    await gateway.stop();
    const again = await start();
    assert.equal((await json(0, 'run', 'mail', '--wait'))['status'], 'succeeded');
    const after = await json(0, 'job', 'list', '--instance', 'mail');
    assert.equal(after['jobs'].filter((one: { command: string }) => one.command === 'init').length, count);
    await again.stop();
  });

  it('runs before the one job that is waited for without a gateway', async (t) => {
    const { flag, json } = holds(t);
    flag('up');
    assert.equal((await json(0, 'run', 'mail', '--wait'))['status'], 'succeeded');
    const { jobs } = await json(0, 'job', 'list', '--instance', 'mail');
    assert.deepEqual(
      jobs.map((one: { command: string; status: string }) => `${one.command} ${one.status}`).toSorted(),
      ['init succeeded', 'poll succeeded'],
    );
  });
});

describe('status --health', () => {
  it('asks each instance that has a health command, tells what it said, and causes nothing', async (t) => {
    const { flag, start, say, json, error } = holds(t);
    assert.equal((await error(69, 'status', '--health'))['code'], 'gateway_unreachable');
    flag('up');
    const gateway = await start();
    await json(0, 'run', 'mail', '--wait');
    const bad = await json(1, 'status', '--health');
    assert.equal(bad['health'].length, 1);
    const [{ instance, health, error: why }] = bad['health'];
    assert.deepEqual([instance, health, why], ['mail', 'failed', { code: 'unavailable', message: 'unwell' }]);
    flag('well');
    const good = await say('status', '--health');
    assert.deepEqual([good.code, /mail +ok +health/.test(good.out)], [0, true], good.out);
    await say('pause', 'mail');
    assert.equal((await json(0, 'status', '--health'))['health'][0].reason, 'paused');
    await gateway.stop();
  });
});

describe('pause and resume', () => {
  it('hold one instance, or all, whether or not a gateway runs, across restarts', async (t) => {
    const { start, say, json, error, submit, job } = holds(t);
    const alone = await say('pause', 'list');
    assert.match(alone.out, /list is paused: .*\n.*takes effect when one starts/s);
    const first = await start();
    const id = await submit('list');
    assert.deepEqual((await job(id))['held'], { reason: 'paused', until: null });
    assert.equal((await job(id))['decisions'][0].code, 'instance_paused');
    assert.match((await say('status')).out, /list .*paused/);
    await first.stop();
    const second = await start();
    assert.equal((await job(id))['status'], 'queued');
    assert.equal((await json(0, 'resume', 'list'))['paused_at'], null);
    assert.equal((await json(0, 'run', 'list', '--wait'))['status'], 'succeeded');
    assert.equal((await job(id))['status'], 'succeeded');
    assert.deepEqual(await json(0, 'pause'), { paused: true, changed: true });
    assert.deepEqual(await json(0, 'pause'), { paused: true, changed: false });
    const other = await submit('list');
    assert.equal((await job(other))['decisions'][0].code, 'gateway_paused');
    assert.match((await say('status')).out, /paused .*no job starts until `ductile resume`/);
    assert.equal((await error(2, 'pause', 'lst'))['hint'], 'did you mean "list"?');
    await second.stop();
    const third = await start();
    assert.equal((await job(other))['status'], 'queued');
    assert.match((await say('resume')).out, /starts jobs again/);
    assert.equal((await json(0, 'run', 'list', '--wait'))['status'], 'succeeded');
    assert.equal((await job(other))['status'], 'succeeded');
    await third.stop();
  });
});

describe('plugin state', () => {
  it('shows masked, exports exactly, sets, resets, and keeps what was before', async (t) => {
    const { dir, flag, say, sayWith, json, error } = holds(t);
    flag('up');
    await json(0, 'run', 'mail', '--wait');
    const shown = await json(0, 'plugin', 'state', 'show', 'mail');
    assert.deepEqual([shown['version'], shown['masked'], shown['state'].cursor], [1, true, 1]);
    assert.ok(!JSON.stringify(shown).includes('correct-horse-battery'));
    assert.equal(
      (await error(2, 'plugin', 'state', 'set', 'mail', JSON.stringify(shown['state'])))['code'],
      'invalid_payload',
    );
    const exported = await say('plugin', 'state', 'export', 'mail');
    assert.equal(exported.out, '{"cursor":1,"token":"correct-horse-battery"}\n');
    assert.match(exported.err, /may hold secrets/);
    assert.equal((await say('plugin', 'state', 'export', 'mail', '--output', 'kept.json')).code, 0);
    assert.equal(readFileSync(join(dir, 'kept.json'), 'utf8'), exported.out);
    assert.equal(statSync(join(dir, 'kept.json')).mode & 0o777, 0o600);
    assert.equal((await error(2, 'plugin', 'state', 'export', 'mail', '--output', 'kept.json'))['code'], 'usage');
    assert.match((await say('plugin', 'state', 'reset', 'mail')).out, /version 2; before: .* --state-version 1/);
    assert.match((await say('plugin', 'state', 'show', 'mail')).out, /mail version 2.*\n\{\}\n/);
    const back = await sayWith({ stdin: exported.out }, 'plugin', 'state', 'set', 'mail', '-');
    assert.deepEqual([back.code, back.err], [0, '']);
    assert.equal((await say('plugin', 'state', 'export', 'mail')).out, exported.out);
    assert.equal((await say('plugin', 'state', 'export', 'mail', '--state-version', '2')).out, '{}\n');
    assert.equal((await error(1, 'plugin', 'state', 'show', 'mail', '--state-version', '9'))['code'], 'not_found');
    assert.equal((await error(2, 'plugin', 'state', 'set', 'mail', '[]'))['code'], 'invalid_payload');
    await json(0, 'run', 'mail', '--wait');
    assert.equal((await json(0, 'plugin', 'state', 'show', 'mail'))['state'].cursor, 2);
    rmSync(join(dir, 'kept.json'));
    assert.ok(!existsSync(join(dir, 'kept.json')));
  });

  it('is not changed under a running job, unless forced', async (t) => {
    const { start, json, error, submit, job } = holds(t);
    const gateway = await start();
    const id = await submit('slow');
    while ((await job(id))['status'] === 'queued');
    assert.equal((await error(75, 'plugin', 'state', 'set', 'slow', '{"n":1}'))['code'], 'instance_busy');
    assert.deepEqual(await json(0, 'plugin', 'state', 'set', 'slow', '{"n":1}', '--force'), {
      instance: 'slow',
      version: 1,
      changed: true,
    });
    await json(0, 'job', 'cancel', id);
    await gateway.stop();
  });
});
