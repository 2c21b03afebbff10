import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { runCli } from '../../src/cli/run-cli.ts';
import type { Answer } from '../e2e/gateway-process.ts';
import { fakeIo } from './fake-io.ts';
import { type Said, site } from './site.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'];

function entriesOf({ code, out, err }: Said): readonly Answer[] {
  assert.equal(code, 0, err);
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Answer);
}

it('logs shows what a gateway wrote, also when it has ended, and holds what stdout got', async (t) => {
  const { start, say, json } = site(t);
  assert.match((await say('logs')).out, /^No gateway has written a log to .*logs yet\.\n$/);
  const gateway = await start();
  const { id } = await json(0, 'run', 'greet', '--wait');
  const of = entriesOf(await say('logs', '--job', id, '--json'));
  assert.deepEqual(
    of.map(({ msg }) => msg),
    ['look', 'attempt succeeded'],
  );
  await json(1, 'run', 'refuse', '--wait');
  await gateway.stop();
  const all = entriesOf(await say('logs', '--json'));
  const printed = gateway.io.stdout.text.trimEnd().split('\n');
  assert.deepEqual(
    all,
    printed.map((line) => JSON.parse(line)),
  );
  assert.equal(all.at(-1)?.['msg'], 'stopped');
  const bad = entriesOf(await say('logs', '--level', 'warn', '--instance', 'refuse', '--json'));
  assert.ok(bad.length === 1 && bad[0]?.['outcome'] === 'failed');
  const parts = entriesOf(await say('logs', '--component', 'gateway', '--limit', '1', '--json'));
  assert.deepEqual(
    parts.map(({ msg }) => msg),
    ['stopped'],
  );
  assert.deepEqual(entriesOf(await say('logs', '--since', '2020-01-01T00:00:00Z', '--json')).length, all.length);
  assert.equal((await say('logs', '--instance', 'nobody')).out, 'No line of the log matches.\n');
  const { out } = await say('logs', '--job', id);
  assert.match(out, /^\d\d:\d\d:\d\d ! greet poll look .*\n\d\d:\d\d:\d\d ✓ greet poll attempt succeeded \(.*\)\n$/);
  assert.deepEqual((await say('logs', '--limit', 'x')).code, 2);
  assert.deepEqual((await say('logs', '--since', 'soon')).code, 2);
});

it('lines of other days bear their date, and what a crash cut short is passed over', async (t) => {
  const { dir, start, say } = site(t);
  await (await start()).stop();
  const file = join(dir, 'state', 'logs', '00000001.jsonl');
  appendFileSync(
    file,
    '{"level":"info","time":"2020-06-15T12:00:00.000Z","component":"gateway","msg":"long ago"}\n{"lev',
  );
  assert.match((await say('logs', '-n', '1')).out, /^Jun 15 \d\d:\d\d:\d\d · gateway long ago\n$/);
});

it('logs -f begins before a gateway does and ends with a signal', async (t) => {
  const { dir, start, json } = site(t);
  const io = fakeIo({ cwd: dir });
  const ended = runCli(['logs', '-f', '--json'], io);
  const gateway = await start();
  await io.stdout.shows(/the gateway is ready/);
  const { id } = await json(0, 'run', 'greet', '--wait');
  await io.stdout.shows(new RegExp(`"job_id":"${id}".*attempt succeeded`));
  await gateway.stop();
  await io.stdout.shows(/"msg":"stopped"/);
  io.signal('SIGINT');
  assert.equal(await ended, 0);
  assert.equal(io.stdout.text, gateway.io.stdout.text);
  assert.equal(io.stderr.text, '');
});

it('every line has the stable fields, and one about an attempt says which', async (t) => {
  const { dir, start, json, say } = site(t);
  const file = join(dir, 'ductile.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('./state }', './state, log_level: debug }'));
  const gateway = await start();
  for (const instance of ['greet', 'refuse', 'flaky']) await say('run', instance, '--wait');
  await json(0, 'reload');
  await gateway.stop();
  const all = entriesOf(await say('logs', '--json', '--limit', '1000'));
  assert.ok(all.some(({ outcome }) => outcome === 'failed'));
  for (const entry of all) {
    const text = JSON.stringify(entry);
    assert.deepEqual(Object.keys(entry).slice(0, 3), ['level', 'time', 'component'], text);
    assert.equal(Object.keys(entry).at(-1), 'msg', text);
    assert.ok(LEVELS.includes(entry['level']), text);
    assert.equal(new Date(entry['time']).toISOString(), entry['time'], text);
    for (const field of ['component', 'msg']) assert.equal(typeof entry[field], 'string', text);
    const { job_id, instance, command, attempt, outcome } = entry;
    if (job_id !== undefined)
      assert.deepEqual([typeof job_id, typeof instance, typeof command], Array(3).fill('string'), text);
    if (outcome !== undefined) assert.ok(typeof job_id === 'string' && Number.isInteger(attempt), text);
  }
});
