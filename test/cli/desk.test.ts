import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { loadSnapshot } from '../../src/disk/build-snapshot.ts';
import { openForWriting } from '../../src/gateway/dormant.ts';
import { silentLog } from '../../src/platform/log.ts';
import type { Answer } from '../e2e/gateway-process.ts';
import { site } from './site.ts';

const CONFIG = `
service: { name: desk, state_dir: ./state, redact: { keys: [pin] } }
plugins:
  mail: { uses: exec, config: { stdin: payload, shell: 'grep -q ok || exit 65' }, retry: { max_attempts: 1 } }
  hold: { uses: exec, config: { argv: [sleep, "600"] } }
`;

function desk(t: TestContext) {
  const made = site(t, CONFIG);
  /** A job of the exec instance that has failed. */
  async function failed(payload: unknown): Promise<string> {
    return String((await made.json(1, 'run', 'mail', '--payload', JSON.stringify(payload), '--wait'))['id']);
  }
  return { ...made, failed, job: (id: string) => made.json(0, 'job', 'show', id) };
}

const ids = (answer: Answer): readonly string[] => answer['jobs'].map((job: Answer) => job['job_id']);

describe('ductile dead', () => {
  it('lists groups, shows one, and retries or replays what is in it', async (t) => {
    const { failed, json, say, job } = desk(t);
    assert.match((await say('dead', 'list')).out, /no dead letters/);
    const [one, two] = [await failed({ to: 'host 1' }), await failed({ to: 'host 2' })];
    const listed = await json(0, 'dead', 'list', '--instance', 'mail');
    assert.deepEqual([listed['dead'].length, listed['dead'][0].count, listed['next_cursor']], [1, 2, null]);
    const fingerprint = String(listed['dead'][0].fingerprint);
    assert.match((await say('dead', 'list')).out, new RegExp(`${fingerprint} +2 +mail`));
    const shown = await say('dead', 'show', fingerprint);
    assert.match(shown.out, new RegExp(`${two}.*\n.*${one}`));
    assert.equal((await json(0, 'dead', 'show', fingerprint))['jobs'].length, 2);

    const tried = await json(0, 'dead', 'retry', '--fingerprint', fingerprint, '--rate', '1/1h', '--dry-run');
    assert.deepEqual([tried['dry_run'], ids(tried)], [true, [one, two]]);
    const refused = await say('dead', 'retry', '--fingerprint', fingerprint);
    assert.deepEqual([refused.code, /Retry 2 jobs \(fingerprint /.test(refused.err)], [2, true]);
    const retried = await say('dead', 'retry', '--fingerprint', fingerprint, '--rate', '1/1h', '--yes');
    assert.match(retried.out, /^2 jobs retried, the last one due in/);
    assert.match(retried.out, /No gateway is running/);
    assert.equal((await job(one))['status'], 'queued');
    assert.deepEqual((await json(0, 'dead', 'list'))['dead'], []);
  });

  it('replays by id, asks before it replays all, and says what could not be done', async (t) => {
    const { failed, json, sayWith, say, job } = desk(t);
    const [one, two] = [await failed(1), await failed(2)];
    const named = await json(1, 'dead', 'replay', one, 'nobody');
    assert.deepEqual([named['done'], named['failed'], named['jobs'][1].error.code], [1, 1, 'not_found']);
    assert.equal((await job(named['jobs'][0].replay_job_id))['replay_of'], one);
    const terminal = { columns: 100 };
    const no = await sayWith({ terminal, stdin: 'n\n' }, 'dead', 'replay', '--all');
    assert.deepEqual([no.code, /Replay 1 job\?.*nothing was changed/s.test(no.err)], [1, true]);
    const yes = await sayWith({ terminal, stdin: 'y\n' }, 'dead', 'replay', '--all');
    assert.match(yes.out, new RegExp(`^1 job replayed\n +${two} → `));
    assert.deepEqual((await json(0, 'dead', 'list'))['dead'], []);
    assert.match((await say('dead', 'replay', '--all', '--yes')).out, /no jobs match/);
    assert.match((await say('dead', 'replay', two, 'nobody')).out, /1 job replayed, 1 not\n.*\n +nobody not_found: /);
  });

  it('replays a job as it was edited, and leaves alone what was not', async (t) => {
    const { failed, sayWith, error, say, json, job } = desk(t);
    const id = await failed({ to: 'nobody', pin: 'four' });
    const seen: string[] = [];
    const edit = async (editor: string, file: string): Promise<number> => {
      seen.push(editor, readFileSync(file, 'utf8'), (statSync(file).mode & 0o777).toString(8));
      writeFileSync(file, readFileSync(file, 'utf8').replace('nobody', 'ok'));
      return 0;
    };
    const terminal = { columns: 100 };
    const done = await sayWith({ terminal, edit, env: { EDITOR: 'nano -w' } }, 'dead', 'edit', id);
    assert.equal(done.code, 0, done.err);
    assert.deepEqual(seen, ['nano -w', '{\n  "to": "nobody",\n  "pin": "***"\n}\n', '600']);
    const [, made = ''] = /^job (\S+) is queued; it runs \S+ again/.exec(done.out) ?? [];
    assert.deepEqual([(await job(made))['payload'], (await job(made))['replay_of']], [{ to: 'ok', pin: '***' }, id]);
    assert.match((await say('job', 'show', id)).out, new RegExp(`replayed +as ${made}`));
    assert.match((await say('job', 'show', made)).out, new RegExp(`replay +of ${id}`));

    const same = await sayWith({ terminal, edit: async () => 0 }, 'dead', 'edit', id);
    assert.deepEqual([same.code, /was not changed/.test(same.err)], [1, true]);
    const broken = await sayWith({ terminal, edit: async () => 3 }, 'dead', 'edit', id);
    assert.deepEqual([broken.code, /the editor \(vi\) ended with 3/.test(broken.err)], [2, true]);
    assert.match((await error(2, 'dead', 'edit', id))['hint'], /--payload/);
    const given = await json(0, 'dead', 'edit', id, '--payload', '{"to":"ok"}', '--same-key');
    const [first, second] = [await job(id), await job(given['job_id'])];
    assert.deepEqual([second['payload'], second['idempotency_key']], [{ to: 'ok' }, first['idempotency_key']]);
  });
});

describe('ductile job', () => {
  it('replays a job and shows how it ends', async (t) => {
    const { failed, json, say, error } = desk(t);
    const id = await failed('bad');
    const again = await json(1, 'job', 'replay', id, '--wait');
    assert.deepEqual([again['replay_of'], again['status'], again['payload']], [id, 'failed', 'bad']);
    const good = await json(0, 'job', 'replay', id, '--payload', '"ok"', '--wait');
    assert.equal(good['status'], 'succeeded');
    assert.match((await say('job', 'replay', id)).out, /it runs .* again\nNo gateway is running/);
    assert.equal((await error(1, 'job', 'replay', 'nobody'))['code'], 'not_found');
  });

  it('cancels and retries many jobs, named or selected', async (t) => {
    const { json, say, error } = desk(t);
    const made: string[] = [];
    for (let job = 0; job < 3; job += 1) made.push(String((await json(0, 'run', 'hold'))['job_id']));
    const [one = '', two = '', three = ''] = made;
    assert.deepEqual(ids(await json(0, 'job', 'cancel', one, two)), [one, two]);
    assert.equal((await json(0, 'job', 'cancel', '--instance', 'hold', '--yes'))['done'], 1);
    const retried = await json(0, 'job', 'retry', '--status', 'cancelled', '--instance', 'hold', '--yes');
    assert.deepEqual(ids(retried), [one, two, three]);
    assert.match((await say('job', 'cancel', '--all', '--dry-run')).out, /^3 jobs would be cancelled\n/);
    assert.equal((await json(0, 'job', 'cancel', three))['status'], 'cancelled');
    assert.match((await say('job', 'retry', '--all', '--yes')).out, /no jobs match/);

    assert.equal((await error(2, 'job', 'cancel'))['code'], 'usage');
    assert.equal((await error(2, 'job', 'cancel', one, '--all', '--yes'))['code'], 'usage');
    assert.equal((await error(2, 'job', 'cancel', one, two, '--lineage'))['code'], 'usage');
    assert.match((await error(2, 'job', 'retry', '--all', '--rate', 'fast', '--yes'))['message'], /--rate "fast"/);
    assert.match((await error(2, 'job', 'retry', '--all', '--since', 'then', '--yes'))['message'], /--since "then"/);
  });

  it('goes on request after request until a long list is done', async (t) => {
    const { dir, sayWith, json } = desk(t);
    const { snapshot } = loadSnapshot({ file: join(dir, 'ductile.yaml'), env: {} });
    const dormant = await openForWriting({ snapshot, log: silentLog, environment: {}, pid: process.pid });
    const jobs = Array.from({ length: 1_000 }, () => ({ instance: 'hold' }));
    for (const payload of [{ jobs }, { jobs: jobs.slice(0, 234) }]) {
      const { statusCode } = await dormant.api.inject({ method: 'POST', url: '/api/v1/jobs/batch', payload });
      assert.equal(statusCode, 201);
    }
    await dormant.close();
    const no = await sayWith({ terminal: { columns: 100 }, stdin: 'no\n' }, 'job', 'cancel', '--all');
    assert.match(no.err, /1000 jobs ….*Cancel 1234 jobs\?/s);
    const done = await json(0, 'job', 'cancel', '--all', '--yes');
    assert.deepEqual([done['done'], done['jobs'].length, done['next_cursor']], [1_234, 1_234, null]);
    const retried = await json(0, 'job', 'retry', '--status', 'cancelled', '--rate', '1000/1h', '--yes');
    const due = retried['jobs'].map((job: Answer) => Date.parse(job['run_at']));
    assert.equal(due[1_233] - due[0], 1_233 * 3_600);
  });
});
