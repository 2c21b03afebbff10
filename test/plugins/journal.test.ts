import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { drivePlugin, scratch } from './drive-plugin.ts';

const PLUGIN = 'plugins/journal';

test('a line holds the local time, the severity, the title and the text', async (t) => {
  const journal = openJournal(t);
  await journal.write('a', { title: 'notes.txt', text: '8 words', severity: 'warning' }, { TZ: 'Etc/GMT-12' });
  const [line = ''] = journal.lines();
  const match = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) {2}warning {2}notes\.txt: 8 words {2}#[0-9a-f]{12}$/.exec(line);
  assert.notEqual(match, null, line);
  const ahead = Date.parse(`${match?.[1]?.replace(' ', 'T')}Z`) - Date.now();
  assert.ok(Math.abs(ahead - 12 * 3_600_000) < 60_000, 'the clock is the one of the time zone');
});

test('a repeated attempt leaves the line of the first alone', async (t) => {
  const journal = openJournal(t);
  const first = await journal.write('a', { text: 'once' });
  const second = await journal.write('a', { text: 'once' });
  assert.deepEqual([first.result?.written, second.result?.written], [true, false]);
  assert.equal(journal.lines().length, 1);
});

test('the same text under another key is another line', async (t) => {
  const journal = openJournal(t);
  await journal.write('a', { text: 'again' });
  await journal.write('b', { text: 'again' });
  assert.equal(journal.lines().length, 2);
});

test('attempts at the same time write one line each', async (t) => {
  const journal = openJournal(t);
  await Promise.all(['a', 'b', 'a', 'b'].map((key) => journal.write(key, { text: key })));
  assert.equal(journal.lines().length, 2);
});

test('half a line left by a power cut is not taken for a line, and the next one starts afresh', async (t) => {
  const journal = openJournal(t);
  await journal.write('a', { text: 'whole' });
  const whole = readFileSync(journal.file, 'utf8');
  writeFileSync(journal.file, whole.slice(0, -1));
  await journal.write('a', { text: 'whole' });
  const lines = journal.lines();
  assert.equal(lines.length, 2);
  assert.equal(lines[1]?.slice(20), lines[0]?.slice(20));
});

test('line breaks and control characters cannot forge a line', async (t) => {
  const journal = openJournal(t);
  await journal.write('a', { text: 'one\n2026-01-01 00:00:00  error    forged\u001b[31m', title: 'a\nb' });
  assert.equal(journal.lines().length, 1);
  assert.match(journal.lines()[0] ?? '', / a b: one 2026-01-01 00:00:00 error forged \[31m {2}#/);
});

test('a journal beyond 1 MiB moves aside, and its last lines are still known', async (t) => {
  const journal = openJournal(t);
  appendFileSync(journal.file, `${'x'.repeat(1023)}\n`.repeat(1024));
  await journal.write('a', { text: 'last of the old' });
  await journal.write('b', { text: 'first of the new' });
  assert.deepEqual(
    journal.lines().map((line) => line.includes('first of the new')),
    [true],
  );
  assert.ok(statSync(`${journal.file}.1`).size > 1024 * 1024);
  const repeated = await journal.write('a', { text: 'last of the old' });
  assert.equal(repeated.result?.written, false);
});

test('the folder of the journal is made', async (t) => {
  const file = join(scratch(t), 'deep', 'down', 'journal.txt');
  const { response } = await drivePlugin(PLUGIN, { command: 'handle', config: { file }, payload: { text: 'x' } });
  assert.equal(response.status, 'ok');
  assert.ok(existsSync(file));
});

test('a journal that cannot be written is unavailable, so that it is tried again', async (t) => {
  const file = join(scratch(t), 'file');
  writeFileSync(file, '');
  const config = { file: join(file, 'journal.txt') };
  const { response } = await drivePlugin(PLUGIN, { command: 'handle', config, payload: { text: 'x' } });
  assert.equal(response.error?.code, 'unavailable');
});

test('a payload without text, or no file, is refused without a retry', async (t) => {
  const file = join(scratch(t), 'journal.txt');
  const noText = await drivePlugin(PLUGIN, { command: 'handle', config: { file }, payload: { title: 'x' } });
  assert.equal(noText.response.error?.code, 'invalid_input');
  const noFile = await drivePlugin(PLUGIN, { command: 'handle', payload: { text: 'x' } });
  assert.equal(noFile.response.error?.code, 'config_invalid');
});

/** A journal of the test's own. */
function openJournal(t: TestContext) {
  const file = join(scratch(t), 'journal.txt');
  return {
    file,
    lines: () => readFileSync(file, 'utf8').split('\n').slice(0, -1),
    async write(key: string, payload: Record<string, unknown>, env: Record<string, string> = {}) {
      const request = { command: 'handle', idempotency_key: key, config: { file }, payload };
      const { response } = await drivePlugin(PLUGIN, request, env);
      assert.equal(response.status, 'ok', response.error?.message);
      return response;
    },
  };
}
