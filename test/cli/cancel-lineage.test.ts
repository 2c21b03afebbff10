import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Answer } from '../e2e/gateway-process.ts';
import { site } from './site.ts';

const CONFIG = `
service: { name: testing, state_dir: ./state }
plugins:
  first: { uses: exec, config: { shell: "true", emit: first.done } }
  middle: { uses: exec, config: { shell: "true", emit: middle.done } }
  endless: { uses: exec, config: { shell: "sleep 600" }, concurrency: 1 }
routes:
  - { name: on, event_type: first.done, to: middle }
  - { name: down, event_type: middle.done, to: endless }
  - { name: beside, event_type: middle.done, to: endless }
`;

it('cancel --lineage ends what came of a job, running and queued, however far down; without it that goes on', async (t) => {
  const s = site(t, CONFIG);
  const gateway = await s.start();
  const root = (await s.json(0, 'run', 'first', '--wait'))['id'];
  const other = (await s.json(0, 'run', 'endless'))['job_id'];
  const below = async (): Promise<readonly Answer[]> => {
    const { jobs } = await s.json(0, 'job', 'list', '--instance', 'endless');
    return jobs.filter(({ root_job_id }: Answer) => root_job_id === root);
  };
  let found = await below();
  while (found.length < 2 || !found.some(({ status }) => status === 'running')) found = await below();

  assert.equal((await s.error(1, 'job', 'cancel', root))['code'], 'already_terminal');
  const answer = await s.json(0, 'job', 'cancel', root, '--lineage');
  assert.equal(answer['status'], 'succeeded');
  assert.deepEqual(new Set(answer['cancelled']), new Set(found.map(({ id }) => id)));
  assert.deepEqual(new Set((await below()).map(({ status }) => status)), new Set(['cancelled']));
  assert.ok(['queued', 'running'].includes((await s.json(0, 'job', 'show', other))['status']));

  const again = await s.error(1, 'job', 'cancel', root, '--lineage');
  assert.match(again['message'], /everything that came of it have already ended/);
  assert.equal((await s.say('job', 'cancel', other, '--lineage')).out, `job ${other} is cancelled\n`);
  assert.equal((await s.error(1, 'job', 'cancel', 'nothing', '--lineage'))['code'], 'not_found');
  assert.equal(await gateway.stop(), 0);
});
