import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
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

  it('tells that nobody listens for webhooks, as doctor does, until their address could be had', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const listen = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const config = (endpoints: readonly object[]) =>
      JSON.stringify({
        service: { name: 'testing', state_dir: './state' },
        plugins: { fine: { uses: 'exec', config: { shell: 'true' } } },
        api: { listen: 'none' },
        webhooks: { listen, endpoints },
      });
    const endpoint = {
      name: 'one',
      path: '/one',
      verify: { scheme: 'github', secrets: ['secret-0123456789'] },
      to: 'fine',
    };
    const s = site(t, config([]));
    const gateway = await s.start();
    const told = async () => {
      const { webhooks_at, webhooks_listen } = await s.json(0, 'status');
      return { at: webhooks_at, listen: webhooks_listen, line: / hooks .*/.exec((await s.say('status')).out)?.[0] };
    };
    const doctor = async (code: number) =>
      (await s.json(code, 'doctor'))['checks'].find(({ check }: { check: string }) => check === 'webhooks');
    assert.deepEqual(await told(), { at: null, listen: null, line: undefined });
    assert.equal(await doctor(0), undefined);

    writeFileSync(join(s.dir, 'ductile.yaml'), config([endpoint]));
    await s.json(0, 'reload');
    const todo = 'nd what listens there, then run `ductile reload`';
    const line = ` hooks  nobody listens for webhooks at ${listen}, so no delivery comes in: e${todo}`;
    assert.deepEqual(await told(), { at: null, listen, line });
    const { level, text, hint } = await doctor(1);
    const said = `nobody listens for them at ${listen}, so no delivery comes in`;
    assert.deepEqual([level, text, hint], ['fail', said, `E${todo}.`]);

    other.close();
    await once(other, 'close');
    await s.json(0, 'reload');
    assert.deepEqual(await told(), { at: listen, listen, line: ` hooks  webhooks at http://${listen}` });
    assert.equal(await doctor(0), undefined);
    await gateway.stop();
    assert.equal((await told()).line, undefined);
  });
});
