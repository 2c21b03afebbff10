import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { drivePlugin, eventFaults, manifestOf, schemaFaults, scratch } from './drive-plugin.ts';

const PLUGIN = 'plugins/digest';

test('a file becomes one sentence with its words, top words and longest line', async (t) => {
  const path = join(scratch(t), 'notes.txt');
  writeFileSync(path, 'A durable queue.\nThe queue, the jobs: queue!\n');
  const { response } = await drivePlugin(PLUGIN, {
    command: 'handle',
    config: { top_words: 2 },
    payload: { path, name: 'notes.txt', bytes: 45 },
  });
  assert.deepEqual(eventFaults(PLUGIN, response), []);
  const payload = response.events?.[0]?.payload;
  assert.equal(payload?.title, 'notes.txt');
  assert.equal(payload?.severity, 'info');
  assert.equal(
    payload?.text,
    '8 words in 2 lines (45 bytes); most often queue ×3, durable ×1; longest line 27 characters',
  );
});

test('words of any script are counted', async (t) => {
  const path = join(scratch(t), 'words.txt');
  writeFileSync(path, 'Straße straße очередь l’été');
  const { response } = await drivePlugin(PLUGIN, {
    command: 'handle',
    payload: { path, name: 'words.txt', bytes: 40 },
  });
  const stats = response.events?.[0]?.payload.stats;
  assert.partialDeepStrictEqual(stats, { words: 4, lines: 1, top_words: [{ word: 'straße', count: 2 }] });
});

test('a file that has gone is digested from its preview', async (t) => {
  const payload = { path: join(scratch(t), 'gone.txt'), name: 'gone.txt', bytes: 9, text_preview: 'once here' };
  const { response } = await drivePlugin(PLUGIN, { command: 'handle', payload });
  assert.match(String(response.result?.text), /^2 words in 1 line .*has gone since$/);
});

test('a file that has gone without a preview is not_found', async (t) => {
  const payload = { path: join(scratch(t), 'gone.txt'), name: 'gone.txt', bytes: 9 };
  const { response } = await drivePlugin(PLUGIN, { command: 'handle', payload });
  assert.equal(response.error?.code, 'not_found');
});

test('a file that is not text is described by its size', async (t) => {
  const path = join(scratch(t), 'image.bin');
  writeFileSync(path, Buffer.alloc(2048));
  const payload = { path, name: 'image.bin', bytes: 2048 };
  const { response } = await drivePlugin(PLUGIN, { command: 'handle', payload });
  assert.deepEqual(eventFaults(PLUGIN, response), []);
  assert.equal(response.result?.text, '2.0 KiB, not text');
});

test('load samples widen the minimum, mean and maximum kept in the state', async () => {
  let state: Record<string, unknown> = {};
  let sentence: unknown;
  for (const load1 of [1, 3, 0.5]) {
    const payload = { load1, cpus: 4, memory_used_percent: 50, disk_used_percent: 12.34 };
    const { response } = await drivePlugin(PLUGIN, { command: 'handle', state, payload });
    assert.deepEqual(eventFaults(PLUGIN, response), []);
    state = { ...state, ...response.state_updates };
    sentence = response.result?.text;
  }
  assert.deepEqual(state.load, { count: 3, min: 0.5, mean: 1.5, max: 3 });
  assert.equal(sentence, 'load 0.50 on 4 CPUs, memory 50.0 %, disk 12.3 % (3 samples: load 0.50 to 3.00, mean 1.50)');
});

const SEVERITIES = [
  { name: 'a quiet host', payload: { load1: 1, cpus: 1, memory_used_percent: 90 }, severity: 'info' },
  { name: 'more load than CPUs', payload: { load1: 1.01, cpus: 1, memory_used_percent: 0 }, severity: 'warning' },
  { name: 'little memory', payload: { load1: 0, cpus: 1, memory_used_percent: 90.1 }, severity: 'warning' },
  {
    name: 'a full disk',
    payload: { load1: 0, cpus: 1, memory_used_percent: 0, disk_used_percent: 99 },
    severity: 'warning',
  },
];

for (const { name, payload, severity } of SEVERITIES) {
  test(`${name} is of severity ${severity}`, async () => {
    const { response } = await drivePlugin(PLUGIN, { command: 'handle', payload });
    assert.equal(response.events?.[0]?.payload.severity, severity);
  });
}

test('what is neither a file nor a sample is refused by the schema and by the plugin alike', async () => {
  const schema = manifestOf(PLUGIN).commands.handle?.input_schema ?? {};
  for (const payload of [{}, { path: 5, name: 'x', bytes: 1 }, { load1: 'high', cpus: 2, memory_used_percent: 1 }]) {
    assert.notDeepEqual(schemaFaults(schema, payload), []);
    const { response } = await drivePlugin(PLUGIN, { command: 'handle', payload });
    assert.equal(response.error?.code, 'invalid_input');
  }
});
