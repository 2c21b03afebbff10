import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { site } from './site.ts';

const FAILS = `
service: { name: testing, state_dir: ./state }
plugins:
  fails: { uses: exec, config: { shell: exit 1 }, retry: { base: 1h, cap: 1h } }
  fine: { uses: exec, config: { shell: 'true' } }
`;

describe('ductile status', () => {
  it('tells how many of the queued jobs failed and wait for their next try, and so does explain', async (t) => {
    const s = site(t, FAILS);
    const gateway = await s.start();
    assert.doesNotMatch((await s.say('status')).out, /next try/);
    for (const by of ['one', 'two']) {
      const { job_id: id } = await s.json(0, 'run', 'fails', '--payload', JSON.stringify({ by }));
      for (;;) {
        const { attempts } = await s.json(0, 'job', 'show', id);
        if (attempts[0]?.ended_at != null) break;
      }
    }
    const { jobs, instances } = await s.json(0, 'status');
    assert.deepEqual([jobs.queued, jobs.retrying], [2, 2]);
    assert.deepEqual(
      instances.map((one: typeof jobs) => [one.instance, one.jobs.retrying]),
      [
        ['fails', 2],
        ['fine', 0],
      ],
    );
    const { out } = await s.say('status');
    assert.match(out, /^ {2}jobs {3}2 queued \(2 wait for their next try\), 0 running/m);
    assert.match(out, /^fails +.* 2 wait for their next try$/m);
    assert.match(out, /^ductile explain <instance> says why jobs wait/m);
    const explained = await s.json(0, 'explain', 'fails');
    assert.match(explained['summary'], / 2 jobs are queued; all of them failed and wait for their next try\./);
    assert.match(explained['next'], /the first of those that failed is tried again/);
    assert.ok(Date.parse(explained['next_at']) > Date.now());
    assert.equal((await s.json(0, 'instance', 'show', 'fails'))['counts'].retrying, 2);
    await gateway.stop();
    assert.match((await s.say('status')).out, /2 queued \(2 wait for their next try\)/);
  });
});
