import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { overSocket } from '../../src/cli/socket.ts';
import { socketPathOf } from '../../src/disk/socket-path.ts';
import { site } from '../cli/site.ts';

const CONFIG = `
service: { name: testing, state_dir: ./state, shutdown_grace: 5m }
plugins:
  patient: { uses: exec, config: { shell: 'until [ -e "$DONE" ]; do sleep 0.05; done' }, env: { DONE: "\${DONE}" } }
`;

it('a gateway that drains lives, but is not ready, until what runs has ended', async (t) => {
  const s = site(t, CONFIG);
  const done = join(s.dir, 'done');
  const gateway = await s.start({ env: { DONE: done } });
  const socket = socketPathOf(join(s.dir, 'state'));
  const ask = (path: string) => overSocket(socket, { method: 'GET', path, body: null });
  assert.deepEqual(await ask('/readyz'), { status: 200, body: { ready: true, reasons: [] } });

  const said = await s.sayWith({ env: { DONE: done } }, 'run', 'patient', '--json');
  const { job_id: id } = JSON.parse(said.out);
  const running = async () => (await s.sayWith({ env: { DONE: done } }, 'job', 'show', id, '--json')).out;
  while (JSON.parse(await running()).status !== 'running');

  const stopped = gateway.stop();
  let probe = await ask('/readyz');
  while (probe.status === 200) probe = await ask('/readyz');
  assert.equal(probe.status, 503);
  assert.ok(JSON.stringify(probe.body).includes('"draining"'), JSON.stringify(probe.body));
  assert.deepEqual(await ask('/healthz'), { status: 200, body: { status: 'ok' } });
  writeFileSync(done, '');
  assert.equal(await stopped, 0);
});
