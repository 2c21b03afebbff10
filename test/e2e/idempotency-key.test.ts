import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socketPathOf } from '../../src/disk/socket-path.ts';
import { send } from '../http/fuzz-client.ts';
import { type Answer, type GatewayProcess, site } from './gateway-process.ts';

const CONFIG = `
service: { state_dir: ./state }
plugins:
  slow: { uses: exec, config: { argv: [sleep, "600"] } }
routes:
  - { name: all, event_type: thing.done, to: slow, delay: 1h }
`;

const READY = ({ msg }: { readonly msg: string }): boolean => msg === 'the gateway is ready';

const REQUESTS: readonly (readonly [target: string, body: object, jobs: number])[] = [
  ['/api/v1/jobs', { instance: 'slow', run_at: '2035-01-01T00:00:00Z' }, 1],
  ['/api/v1/jobs/batch', { jobs: [{ instance: 'slow' }, { instance: 'slow' }] }, 2],
  ['/api/v1/events', { type: 'thing.done' }, 1],
];

for (const [target, body, jobs] of REQUESTS) {
  test(`${target} with an Idempotency-Key is carried out once though the gateway dies before it answers`, async (t) => {
    const { launch, json, stateDir } = site(t, CONFIG);

    async function post(gateway: GatewayProcess): Promise<Answer> {
      await gateway.line(READY);
      const headers = { 'content-type': 'application/json', 'idempotency-key': 'a-key' };
      const place = { socketPath: socketPathOf(stateDir) };
      const answer = await send(place, { method: 'POST', target, headers, body: JSON.stringify(body) });
      assert.equal(answer?.status, 201, answer?.body ?? '');
      return JSON.parse(answer?.body ?? '');
    }

    const dying = launch({ killAt: 'enqueue.committed:1' });
    await assert.rejects(post(dying), { code: 'ECONNRESET' });
    assert.equal((await dying.ended).signal, 'SIGKILL');

    const gateway = launch();
    const first = await post(gateway);
    assert.deepEqual(await post(gateway), first);
    const made = (await json('job', 'list'))['jobs'].map(({ id }: Answer) => id);
    assert.equal(made.length, jobs);
    const told: readonly string[] = first['job_id'] === undefined ? idsIn(first) : [first['job_id']];
    assert.deepEqual(made.toSorted(), told.toSorted());
  });
}

function idsIn({ jobs }: Answer): readonly string[] {
  return jobs.map((job: string | Answer) => (typeof job === 'string' ? job : job['job_id']));
}
