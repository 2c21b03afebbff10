import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drivePlugin, feedPlugin, manifestOf } from './drive-plugin.ts';

const PLUGINS = ['plugins/host_load', 'plugins/inbox', 'plugins/digest', 'plugins/journal'];
const WITH_TEMPLATES = [...PLUGINS, 'examples/starter/plugins/hello'];

for (const plugin of WITH_TEMPLATES) {
  test(`${plugin} answers an unknown command with unsupported and names it`, async () => {
    const { response, exitCode } = await drivePlugin(plugin, { command: 'levitate' });
    assert.equal(exitCode, 0);
    assert.equal(response.status, 'error');
    assert.equal(response.error?.code, 'unsupported');
    assert.match(response.error?.message ?? '', /levitate/);
  });

  test(`${plugin} declares commands, and a description for each`, () => {
    const commands = Object.entries(manifestOf(plugin).commands);
    assert.notEqual(commands.length, 0);
    for (const [, command] of commands) assert.match(JSON.stringify(command), /"description":"[A-Z]/);
  });
}

for (const plugin of PLUGINS) {
  test(`${plugin} refuses another protocol with unsupported`, async () => {
    const [command = ''] = Object.keys(manifestOf(plugin).commands);
    for (const protocol of [2, 10, '1', null]) {
      const { response } = await drivePlugin(plugin, { protocol, command });
      assert.equal(response.error?.code, 'unsupported', `protocol ${JSON.stringify(protocol)}`);
    }
  });

  test(`${plugin} answers input that is no request with an error, never with garbage`, async () => {
    for (const stdin of ['', '{', '[]', 'null', '"poll"']) {
      const { response } = await feedPlugin(plugin, stdin);
      assert.equal(response.protocol, 1, stdin);
      assert.equal(response.status, 'error', stdin);
      assert.match(response.error?.code ?? '', /^(invalid_input|unsupported)$/, stdin);
    }
  });
}
