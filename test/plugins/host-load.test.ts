import assert from 'node:assert/strict';
import { cpus } from 'node:os';
import { test } from 'node:test';
import { drivePlugin, eventFaults } from './drive-plugin.ts';

const PLUGIN = 'plugins/host_load';

test('one poll emits one sample of this host that its schema accepts', async () => {
  const { response, exitCode } = await drivePlugin(PLUGIN, { command: 'poll' });
  assert.equal(exitCode, 0);
  assert.equal(response.status, 'ok');
  assert.deepEqual(eventFaults(PLUGIN, response), []);
  assert.deepEqual(
    response.events?.map((event) => event.type),
    ['host.load.sampled'],
  );
  assert.equal(response.events?.[0]?.payload.cpus, cpus().length);
  assert.deepEqual(response.result, response.events?.[0]?.payload);
});

test('health takes a sample and emits nothing', async () => {
  const { response } = await drivePlugin(PLUGIN, { command: 'health' });
  assert.equal(response.status, 'ok');
  assert.equal(response.events, undefined);
});

test('the disk is measured where config.disk says', async () => {
  const { response } = await drivePlugin(PLUGIN, { config: { other: 1, disk: '/proc' } });
  assert.equal(response.status, 'ok');
  assert.equal(response.result?.disk_free_mib, 0);
});

test('a disk that is not there, relative or unspeakable is config_invalid', async () => {
  for (const disk of ['/no/such/place', 'relative', '/with"quote', 5]) {
    const { response } = await drivePlugin(PLUGIN, { config: { disk } });
    assert.equal(response.error?.code, 'config_invalid', String(disk));
  }
});

test('what a payload or the state holds is not taken for the command or the configuration', async () => {
  const foreign = { command: 'levitate', config: { disk: '/no/such/place' }, text: '"command":"levitate"' };
  const { response } = await drivePlugin(PLUGIN, { payload: foreign, state: foreign });
  assert.equal(response.status, 'ok');
});
