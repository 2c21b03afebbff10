import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../domain/json.ts';
import { createRedactor } from '../../domain/redact.ts';
import { createCodeMask } from '../../domain/redact-code.ts';
import { createBundleFiles } from './bundle-files.ts';

const SECRET = 'correct-horse-battery';
const redactor = createRedactor({ secrets: [SECRET, '48392017'], keys: [], patterns: [] });

const bundleFiles = () => createBundleFiles(redactor, createCodeMask({ secrets: redactor.secrets, patterns: [] }));

function textsOf(files: ReturnType<typeof createBundleFiles>): Readonly<Record<string, string>> {
  return Object.fromEntries(files.all().map(({ path, bytes }) => [path, Buffer.from(bytes).toString('latin1')]));
}

test('JSON is masked in values, numbers and keys, and each place is named', () => {
  const files = bundleFiles();
  files.json('a.json', { plain: 1, deep: [{ text: `x ${SECRET}` }], pin: 48392017, token: 'abc', [`k-${SECRET}`]: 1 });
  const shown: Json = JSON.parse(textsOf(files)['a.json'] ?? '');
  assert.deepEqual(shown, { plain: 1, deep: [{ text: 'x ***' }], pin: '***', token: '***', 'k-***': 1 });
  assert.deepEqual(files.masked(), [{ file: 'a.json', places: ['/deep/0/text', '/pin', '/token', ''] }]);
});

test('a file keeps its bytes where nothing is secret; text is masked, and what is none is left out', () => {
  const files = bundleFiles();
  const file = (path: string, bytes: Uint8Array) => files.file({ path, executable: true, bytes });
  const binary = Buffer.from([0xff, 0x00, 0xfe]);
  assert.equal(file('plugin/blob', binary), true);
  assert.equal(file('plugin/worse', Buffer.concat([binary, Buffer.from(SECRET)])), false);
  assert.equal(file('plugin/run', Buffer.from(`f(token=token, key="${SECRET}")\n`)), true);
  assert.equal(file('plugin/.env', Buffer.from('TOKEN=abcdef\n')), true);
  assert.equal(file('plugin/manifest.yaml', Buffer.from('config_keys: { "secret": "x" }\n')), true);
  assert.equal(file('plugin/a.json', Buffer.from('{ "token": "abc" }')), true);
  assert.equal(file('plugin/b.json', Buffer.from('{ "broken" ')), true);
  assert.equal(file(`plugin/${SECRET}`, Buffer.from('x')), false);
  assert.deepEqual(textsOf(files), {
    'plugin/b.json': '{ "broken" ',
    'plugin/a.json': '{"token":"***"}',
    'plugin/manifest.yaml': 'config_keys: { "secret": "x" }\n',
    'plugin/.env': 'TOKEN=***\n',
    'plugin/run': 'f(token=token, key="***")\n',
    'plugin/blob': binary.toString('latin1'),
  });
  assert.deepEqual(
    files.masked().map((one) => one.file),
    ['plugin/run', 'plugin/.env', 'plugin/a.json'],
  );
});

test('the body of a delivery is masked as what it is, and left out where it cannot be', () => {
  const files = bundleFiles();
  const body = (bytes: Uint8Array | null) =>
    files.delivery('r.json', { endpoint: 'e', headers: {}, query: {}, body: bytes })?.body ?? null;
  assert.equal(files.delivery('r.json', null), null);
  assert.equal(body(null), null);
  const plain = Buffer.from('{ "a":  1 }');
  assert.equal(body(plain), plain);
  assert.equal(Buffer.from(body(Buffer.from(`{"a":"${SECRET}"}`)) ?? '').toString(), '{"a":"***"}');
  assert.equal(body(Buffer.concat([Buffer.from([0xff]), Buffer.from(SECRET)])), null);
  assert.deepEqual(files.masked(), [{ file: 'r.json', places: ['/webhook/body_base64', '/webhook/body_base64'] }]);
});
