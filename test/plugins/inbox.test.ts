import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { drivePlugin, eventFaults, scratch } from './drive-plugin.ts';

const PLUGIN = 'plugins/inbox';

test('a file in the folder is reported with what the schema promises', async (t) => {
  const inbox = openInbox(t);
  inbox.put('notes.txt', 'one\ntwo\nthree');
  const response = await inbox.poll();
  assert.deepEqual(eventFaults(PLUGIN, response), []);
  assert.equal(response.events?.length, 1);
  const payload = response.events?.[0]?.payload;
  assert.equal(payload?.path, join(inbox.folder, 'notes.txt'));
  assert.equal(payload?.bytes, 13);
  assert.equal(payload?.lines, 3);
  assert.equal(payload?.text_preview, 'one\ntwo\nthree');
  assert.equal(payload?.modified_at, '2026-01-02T03:04:05.000Z');
});

test('a file is reported once, and the next poll asks for no change of state', async (t) => {
  const inbox = openInbox(t);
  inbox.put('notes.txt', 'one');
  await inbox.poll();
  const response = await inbox.poll();
  assert.deepEqual(response.events, []);
  assert.equal(response.state_updates, undefined);
});

test('a poll repeated with the state it began with gives the event the same id', async (t) => {
  const inbox = openInbox(t);
  inbox.put('notes.txt', 'one');
  const first = await inbox.poll();
  inbox.forget();
  const second = await inbox.poll();
  assert.match(first.events?.[0]?.event_id ?? '', /^file-[0-9a-f]{32}$/);
  assert.equal(second.events?.[0]?.event_id, first.events?.[0]?.event_id);
});

test('a file that was changed is reported again under another id', async (t) => {
  const inbox = openInbox(t);
  inbox.put('notes.txt', 'one');
  const first = await inbox.poll();
  inbox.put('notes.txt', 'longer');
  const second = await inbox.poll();
  assert.equal(second.events?.length, 1);
  assert.notEqual(second.events?.[0]?.event_id, first.events?.[0]?.event_id);
});

test('a file that is gone is forgotten', async (t) => {
  const inbox = openInbox(t);
  inbox.put('notes.txt', 'one');
  await inbox.poll();
  rmSync(join(inbox.folder, 'notes.txt'));
  const response = await inbox.poll();
  assert.deepEqual(response.state_updates, { seen: {} });
});

test('a file written just now is reported by the same poll when it has stopped growing', async (t) => {
  const inbox = openInbox(t);
  writeFileSync(join(inbox.folder, 'fresh.txt'), 'now');
  const response = await inbox.poll();
  assert.equal(response.events?.length, 1);
});

test('a file that is still growing waits for a later poll', async (t) => {
  const inbox = openInbox(t);
  const path = join(inbox.folder, 'growing.log');
  writeFileSync(path, 'a');
  const writer = setInterval(() => appendFileSync(path, 'a'), 10);
  t.after(() => clearInterval(writer));
  const during = await inbox.poll();
  clearInterval(writer);
  assert.deepEqual(during.events, []);
  const after = await inbox.poll();
  assert.equal(after.events?.length, 1);
});

test('hidden files, unfinished downloads, folders and links are left alone', async (t) => {
  const inbox = openInbox(t);
  for (const name of ['.hidden', 'film.mkv.part', 'page.crdownload', 'draft~']) inbox.put(name, 'x');
  mkdirSync(join(inbox.folder, 'folder'));
  symlinkSync('/etc/hostname', join(inbox.folder, 'link'));
  const response = await inbox.poll();
  assert.deepEqual(response.events, []);
});

test('a file that is not text has neither lines nor preview', async (t) => {
  const inbox = openInbox(t);
  inbox.put('image.bin', Buffer.from([1, 0, 10, 2]));
  const response = await inbox.poll();
  assert.deepEqual(eventFaults(PLUGIN, response), []);
  assert.equal(response.events?.[0]?.payload.lines, 0);
  assert.equal(response.events?.[0]?.payload.text_preview, '');
});

test('an empty file is reported with no bytes and no lines', async (t) => {
  const inbox = openInbox(t);
  inbox.put('empty.txt', '');
  const response = await inbox.poll();
  assert.equal(response.events?.[0]?.payload.bytes, 0);
  assert.equal(response.events?.[0]?.payload.lines, 0);
});

test('a name that is not UTF-8 is reported readably, and once', async (t) => {
  const inbox = openInbox(t);
  const path = Buffer.concat([Buffer.from(`${inbox.folder}/caf`), Buffer.from([0xe9])]);
  writeFileSync(path, 'x');
  utimesSync(path, MODIFIED, MODIFIED);
  const first = await inbox.poll();
  assert.equal(first.events?.[0]?.payload.name, 'caf\\xe9');
  const second = await inbox.poll();
  assert.deepEqual(second.events, []);
});

test('many files at once are spread over several polls and none is lost', async (t) => {
  const inbox = openInbox(t);
  for (let index = 0; index < 250; index += 1) inbox.put(`${index}.txt`, 'x');
  const first = await inbox.poll();
  const second = await inbox.poll();
  assert.deepEqual([first.events?.length, second.events?.length], [200, 50]);
});

test('a missing folder is made, but not its parents', async (t) => {
  const parent = scratch(t);
  const folder = join(parent, 'made');
  const { response } = await drivePlugin(PLUGIN, { config: { folder } });
  assert.equal(response.status, 'ok');
  assert.ok(existsSync(folder));
  const deep = await drivePlugin(PLUGIN, { config: { folder: join(parent, 'no', 'such') } });
  assert.equal(deep.response.error?.code, 'config_invalid');
});

test('no folder, or a file in its place, is config_invalid', async (t) => {
  const file = join(scratch(t), 'file');
  writeFileSync(file, '');
  for (const folder of [undefined, '', 7, file]) {
    for (const command of ['poll', 'health']) {
      const { response } = await drivePlugin(PLUGIN, { command, config: { folder } });
      assert.equal(response.error?.code, 'config_invalid', `${command} ${folder}`);
    }
  }
});

const MODIFIED = new Date('2026-01-02T03:04:05Z');

/** An inbox of the test's own that carries the state from one poll to the next, as the gateway does. */
function openInbox(t: TestContext) {
  const folder = scratch(t);
  let state: Record<string, unknown> = {};
  return {
    folder,
    put(name: string, content: string | Buffer) {
      writeFileSync(join(folder, name), content);
      utimesSync(join(folder, name), MODIFIED, MODIFIED);
    },
    forget() {
      state = {};
    },
    async poll() {
      const { response } = await drivePlugin(PLUGIN, { config: { folder }, state });
      assert.equal(response.status, 'ok', response.error?.message);
      state = { ...state, ...response.state_updates };
      return response;
    },
  };
}
