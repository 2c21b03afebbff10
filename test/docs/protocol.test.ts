import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { execManifest } from '../../src/domain/exec-manifest.ts';
import { DEFAULT_LIMITS } from '../../src/domain/instance.ts';
import { isJsonObject, type JsonObject } from '../../src/domain/json.ts';
import { decodeManifest, type Manifest } from '../../src/domain/manifest.ts';
import { manifestSchema } from '../../src/domain/manifest-schema.ts';
import type { DecodedResponse } from '../../src/domain/protocol/decode-response.ts';
import { formatSize } from '../../src/domain/units.ts';
import { decodedOf } from '../values.ts';

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'protocol-page-'));
after(() => rmSync(folder, { recursive: true }));

const open = execManifest({ argv: ['true'], shell: null, stdin: 'none', env: {}, emit: null, idempotent: true });

function blocks(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map((match) => match[1] ?? '');
}

/** Rows of the table under a heading, as cells. */
function rows(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('|---'))
    .slice(1)
    .map((line) => line.slice(2, -2).split(' | '));
}

function decode(output: string | Uint8Array, manifest: Manifest): DecodedResponse {
  const bytes = typeof output === 'string' ? new TextEncoder().encode(output) : output;
  return decodedOf(bytes, { limits: DEFAULT_LIMITS, manifest });
}

function manifestNamed(name: string): Manifest {
  for (const text of blocks('yaml')) {
    const decoded = decodeManifest(parse(text), name);
    assert.ok(decoded.ok, text);
    if (decoded.warnings.length === 0) return decoded.manifest;
  }
  throw new Error(`the page has no manifest named ${name}`);
}

/** Runs the one code block of a language as its manifest's entrypoint. */
function run(language: string, plugin: string, request: JsonObject) {
  const manifest = manifestNamed(plugin);
  const [source, ...others] = blocks(language);
  assert.deepEqual(others, []);
  const file = join(folder, manifest.entrypoint);
  writeFileSync(file, source ?? '', { mode: 0o755 });
  const [exampleText = ''] = blocks('json');
  const example: unknown = JSON.parse(exampleText);
  assert.ok(isJsonObject(example));
  const input = JSON.stringify({ ...example, ...request });
  const { stdout, stderr, status } = spawnSync(file, { input });
  assert.equal(status, 0, stderr.toString());
  const decoded = decode(stdout, manifest);
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.message);
  assert.deepEqual(decoded.response.warnings, []);
  return decoded.response;
}

test('the plugin in bash emits what its manifest declares', () => {
  const { events } = run('bash', 'disk_usage', {});
  assert.equal(events.length, 1);
  assert.match(JSON.stringify(events[0]?.payload), /^\{"percent":\d{1,3}\}$/);
});

test('the plugin in Python counts in its state, and refuses a payload without text', () => {
  const { result, stateUpdates, logs } = run('python', 'word_count', {
    payload: { text: 'one two' },
    state: { total: 3 },
  });
  assert.deepEqual(result, { words: 2 });
  assert.deepEqual(stateUpdates, { total: 5 });
  assert.equal(logs.length, 1);
  assert.equal(run('python', 'word_count', {}).error?.code, 'invalid_input');
});

test('the plugin in Node appends once per idempotency key, and asks for patience when it cannot', () => {
  const file = join(folder, 'notes.txt');
  const request = { config: { file }, payload: { text: 'hello' }, idempotency_key: 'k' };
  const first = run('js', 'note', request);
  assert.deepEqual(first.stateUpdates, { last_key: 'k' });
  assert.equal(run('js', 'note', { ...request, state: first.stateUpdates ?? {} }).result, 'done before');
  assert.equal(readFileSync(file, 'utf8'), 'hello\n');
  const failed = run('js', 'note', { ...request, config: { file: join(folder, 'missing', 'notes.txt') } });
  assert.equal(failed.error?.code, 'unavailable');
  assert.equal(failed.retryAfterMs, 60_000);
});

test('the example of a response is well-formed and without warnings', () => {
  const decoded = decode(blocks('json')[1] ?? '', open);
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.response.warnings, []);
});

test('the page describes every field of the example of a request, and the rare one that it lacks', () => {
  const [text = ''] = blocks('json');
  const described = rows('The request').flatMap(([names = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ''),
  );
  assert.deepEqual(
    described.filter((name) => name !== 'webhook'),
    Object.keys(JSON.parse(text)),
  );
});

test('the page describes every key of the manifest', () => {
  assert.deepEqual(
    rows('The manifest').map(([name]) => name),
    Object.keys(manifestSchema.shape).map((key) => `\`${key}\``),
  );
});

for (const [printed = '', code = '', message] of rows('What a mistake produces')) {
  test(`printing ${printed} produces what the page says`, () => {
    const decoded = decode(printed.slice(1, -1), open);
    assert.deepEqual(decoded, { ok: false, code: code.slice(1, -1), message });
  });
}

test('the page names every limit with its default', () => {
  const { stdoutBytes, stdoutTokens, jsonDepth, stderrBytes, logEntries, logBytes, ...rest } = DEFAULT_LIMITS;
  const { events, eventPayloadBytes, stateBytes, jobPayloadBytes, ...others } = rest;
  // What the system limits is of no account to the protocol.
  assert.deepEqual(
    Object.values(others).filter((limit) => limit !== null),
    [],
  );
  assert.deepEqual(
    rows('Limits').map(([, value]) => value),
    [
      formatSize(stdoutBytes),
      String(stdoutTokens),
      String(jsonDepth),
      formatSize(stderrBytes),
      String(logEntries),
      formatSize(logBytes),
      String(events),
      formatSize(eventPayloadBytes),
      formatSize(stateBytes),
      formatSize(jobPayloadBytes),
    ],
  );
});
