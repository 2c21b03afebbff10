import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from './json.ts';
import { createRedactor } from './redact.ts';

const NONE = { secrets: [], keys: [], patterns: [] };

function redactorOf(...secrets: string[]) {
  return createRedactor({ ...NONE, secrets });
}

/** How programs write a secret down. */
const ENCODERS: Readonly<Record<string, (text: string, before: string, after: string) => string>> = {
  raw: (text) => text,
  json: (text) => JSON.stringify(text).slice(1, -1),
  jsonInJson: (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  jsonSlashes: (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
  jsonAscii: (text) => asciiJson(text),
  jsonAsciiSlashes: (text) => asciiJson(text).replaceAll('/', '\\/'),
  jsonForHtml: (text) => JSON.stringify(text).slice(1, -1).replace(/[<>&]/g, unicode),
  jsonForHtmlUpper: (text) =>
    asciiJson(text)
      .replace(/[<>&']/g, unicode)
      .replace(/(\\u)(.{4})/g, (_match, mark, digits) => mark + digits.toUpperCase()),
  jsonAsciiInJson: (text) => JSON.stringify(asciiJson(text)).slice(1, -1),
  uri: (text) => encodeURIComponent(text),
  uriLower: (text) => encodeURIComponent(text).replace(/%../g, (triple) => triple.toLowerCase()),
  uriSlash: (text) =>
    encodeURIComponent(text)
      .replaceAll('%2F', '/')
      .replace(/[!'()*]/g, percent),
  uriStrict: (text) => encodeURIComponent(text).replace(/[!'()*]/g, percent),
  form: (text) => new URLSearchParams({ k: text }).toString().slice(2),
  hex: (text) => Buffer.from(text).toString('hex'),
  hexUpper: (text) => Buffer.from(text).toString('hex').toUpperCase(),
  base64: (text, before, after) => Buffer.from(before + text + after).toString('base64'),
  base64InAddress: (text, before, after) => encodeURIComponent(Buffer.from(before + text + after).toString('base64')),
  base64InJson: (text, before, after) =>
    Buffer.from(before + text + after)
      .toString('base64')
      .replaceAll('/', '\\/'),
  base64url: (text, before, after) => Buffer.from(before + text + after).toString('base64url'),
};

function asciiJson(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1);
  return escaped.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Secrets as people have them: no mask in them, nothing to trim, not the sample text. */
const secret = fc
  .string({
    unit: fc.oneof(fc.constantFrom(...'aZ9+/=<>& %"\\\'()!~*-_.:&é漢'), fc.string({ unit: 'binary', maxLength: 1 })),
    minLength: 6,
    maxLength: 40,
  })
  .filter((text) => text.isWellFormed() && text.trim() === text && text.length >= 6 && !/\*|\n|\r/.test(text));
const around = fc.string({ unit: fc.constantFrom('x', ' ', '\n', '1'), maxLength: 12 });

test('no secret survives, in any encoding, at any place', () => {
  fc.assert(
    fc.property(secret, around, around, fc.constantFrom(...Object.keys(ENCODERS)), (text, before, after, name) => {
      const encoded = ENCODERS[name]?.(text, before, after) ?? '';
      const shown = redactorOf('another secret', text).text(`${before}${encoded}${after}`);
      assert.ok(shown.includes('***'), `${name}: ${shown}`);
      // At either end of base64 one character and a padding may be left over, which other bytes have a part in.
      const head = name.startsWith('base64')
        ? ENCODERS[name]?.(before, '', '').replace(/=+$/, '').slice(0, -1)
        : before;
      if (name === 'base64InAddress') return;
      if (!name.startsWith('base64')) assert.equal(shown, `${before}***${after}`, name);
      else assert.ok(shown.startsWith(`${before}${head ?? ''}`) && shown.endsWith(after), `${name}: ${shown}`);
    }),
    { numRuns: 600 },
  );
});

test('of a secret in base64 at most one character remains at either end', () => {
  const shown = (before: string) =>
    redactorOf('correct horse').text(Buffer.from(`${before}correct horse`).toString('base64'));
  assert.equal(shown(''), '***');
  assert.equal(shown('1'), 'MW***');
  assert.equal(shown('12'), 'MTJ***');
});

test('a stream shows what the whole text would, however it is cut', () => {
  const secrets = ['secret', 'secretsecret', 'cretse', 'aaaa', 'multi\nline secret', 'p4ss/w+rd'];
  const piece = fc.oneof(
    fc.constantFrom(...secrets, ...secrets.map((text) => Buffer.from(text).toString('base64'))),
    fc.constantFrom('sec', 'ret', 'multi', '\n', 'line secret', 'a', 'Bearer ', 'abcdefgh1', 'http://u:', 'pw@', ' '),
    fc.constantFrom('-----BEGIN RSA PRIVATE KEY-----\n', 'MIIE\n', '-----END RSA PRIVATE KEY-----', '-----BEGIN '),
    fc.nat(3_000).map((length) => 'y'.repeat(length)),
  );
  const redactor = createRedactor({ ...NONE, secrets, patterns: ['tok_[a-z]+'] });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.array(fc.nat(400), { maxLength: 40 }), (pieces, lengths) => {
      const text = pieces.join('');
      const stream = redactor.stream();
      let shown = '';
      let at = 0;
      for (const length of lengths) {
        shown += stream.push(text.slice(at, at + length));
        at += length;
      }
      shown += stream.push(text.slice(at));
      assert.equal(shown + stream.end(), redactor.text(text));
    }),
    { numRuns: 500 },
  );
});

test('a stream shows a line when it ends, holds back what may become a secret, and does not gather without end', () => {
  const stream = redactorOf('first\nsecond').stream();
  assert.equal(stream.push('a line\nand a '), 'a line\n');
  assert.equal(stream.push('part\nfirst\n'), 'and a part\n');
  assert.equal(stream.push('seco'), '');
  assert.equal(stream.push('nd\n'), '***\n');
  const shown = stream.push('z'.repeat(20_000));
  assert.equal(shown.length, 20_000 - 4_096);
  assert.equal(stream.end().length, 4_096);
  const keys = redactorOf().stream();
  const block = `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(63)}\n`;
  assert.equal(keys.push(block), '');
  assert.equal(keys.push(`${'B'.repeat(63)}\n`.repeat(300)).startsWith('***'), true);
});

test('a stream remembers what it has masked of a text that it holds back again', () => {
  const begin = '-----BEGIN RSA PRIVATE KEY-----\n';
  const stream = redactorOf().stream();
  const shown = stream.push(`Bearer secret${begin}`) + stream.push(begin) + stream.end();
  assert.equal(shown, 'Bearer ***');
});

test('a secret that overlaps itself is masked as one', () => {
  assert.equal(redactorOf('abcab').text('abcabcabcab!'), '***!');
  const stream = redactorOf('aaaa').stream();
  assert.equal(stream.push(`${'a'.repeat(9_000)}\n`) + stream.end(), '***\n');
});

test('of a long line that a stream lets go, a secret across the cut is masked once', () => {
  const text = `${'z'.repeat(5_000)}${'a'.repeat(20)}${'z'.repeat(4_086)}`;
  const redactor = redactorOf('a'.repeat(20));
  const stream = redactor.stream();
  assert.equal(stream.push(text) + stream.end(), redactor.text(text));
  assert.equal(redactor.text(text), `${'z'.repeat(5_000)}***${'z'.repeat(4_086)}`);
});

test('secrets of less than four characters are left alone, and a secret that is nothing masks nothing', () => {
  assert.equal(redactorOf('abc', '', '   ').text('abc abc    '), 'abc abc    ');
});

test('a secret is masked without the white space around it, and line by line', () => {
  const key = 'first line of the key\nsecond line of the key\nend';
  const redactor = redactorOf(`  ${key}\n`);
  assert.equal(redactor.text(`<${key}>`), '<***>');
  assert.equal(redactor.text('  second line of the key, end'), '  ***, end');
});

const PATTERNS: readonly (readonly [string, string])[] = [
  ['Authorization: Bearer abc.def-123', 'Authorization: Bearer ***'],
  ['{"authorization":"bearer abcdefgh"}', '{"authorization":"bearer ***"}'],
  ['bearer of news', 'bearer of news'],
  [`token dct_${'aZ9_-'.repeat(8)}abc, and more`, 'token ***, and more'],
  ['dct_short', 'dct_short'],
  ['postgres://me:p@ss:word@db:5432/x', 'postgres://me:***@db:5432/x'],
  ['redis://:hunter2@host', 'redis://:***@host'],
  ['https://example.com:8080/a@b', 'https://example.com:8080/a@b'],
  ['http://a:b@c http://d:e@f', 'http://a:***@c http://d:***@f'],
  ['-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\nrest', '***\nrest'],
  ['x -----BEGIN RSA PRIVATE KEY-----\\nMII\\n-----END RSA PRIVATE KEY----- y', 'x *** y'],
  ['-----BEGIN EC PRIVATE KEY-----\nMII', '***'],
  [
    '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----',
    '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----',
  ],
];

test('what looks like a secret is masked without being known', () => {
  const redactor = redactorOf();
  for (const [text, expected] of PATTERNS) assert.equal(redactor.text(text), expected);
});

test('configured patterns mask their first group, or the whole match', () => {
  const redactor = createRedactor({ ...NONE, patterns: ['ghp_[a-z0-9]+', 'pin=(\\d+)|q*', '(never)?'] });
  assert.equal(redactor.text('ghp_abc123 pin=1234;'), '*** pin=***;');
});

test('a configured pattern that ruins backtracking engines does no harm', () => {
  const text = `${'a'.repeat(28)}!`;
  assert.equal(createRedactor({ ...NONE, patterns: ['^(a+)+$'] }).text(text), text);
});

test('JSON is masked in strings, in keys and under keys that tell', () => {
  const redactor = createRedactor({ ...NONE, secrets: ['hunter22'], keys: ['badge-number'] });
  const value = {
    user: 'me',
    note: 'the word is hunter22',
    list: ['hunter22', 1, null],
    githubToken: 'x',
    'X-Api-Key': 'x',
    DB_PASSWORD: 1234,
    client_secret: { nested: true },
    refresh_token: ['a'],
    badgeNumber: 7,
    password: null,
    secret: '',
    token: false,
    idempotency_key: 'k',
    max_tokens: 5,
    hunter22: 1,
    'x hunter22': 2,
    'x ***': 3,
  };
  assert.deepEqual(redactor.json(value), {
    user: 'me',
    note: 'the word is ***',
    list: ['***', 1, null],
    githubToken: '***',
    'X-Api-Key': '***',
    DB_PASSWORD: '***',
    client_secret: '***',
    refresh_token: '***',
    badgeNumber: '***',
    password: null,
    secret: '',
    token: false,
    idempotency_key: 'k',
    max_tokens: 5,
    '***': 1,
    'x ***': 2,
    'x *** (2)': 3,
  });
});

test('text without secrets stays as it is', () => {
  const redactor = redactorOf('a secret that does not occur');
  fc.assert(fc.property(fc.string(), (text) => assert.equal(redactor.text(text), text)));
});

test('JSON of many parts, whatever they are, is masked in steps', () => {
  const redactor = redactorOf('hunter22');
  const values: readonly Json[] = [
    Array.from({ length: 20_000 }, () => 'a hunter22'),
    Array.from({ length: 20_000 }, () => []),
    Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`key ${n}`, n])),
    [`${'x '.repeat(200_000)}hunter22`],
  ];
  for (const value of values) {
    const steps = redactor.jsonSteps(value);
    let count = 0;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) count += 1;
    assert.ok(count >= 5, `${count} steps`);
    assert.equal(JSON.stringify(step.value), JSON.stringify(value).replaceAll('hunter22', '***'));
  }
});

test('a key that means something else in JavaScript stays what it is', () => {
  const text = '{"__proto__":{"password":"x"},"constructor":"y"}';
  const shown = redactorOf('correct-horse').json(JSON.parse(text) as Json);
  assert.equal(JSON.stringify(shown), '{"__proto__":{"password":"***"},"constructor":"y"}');
});

test('many keys that masking makes the same are told apart', () => {
  const secrets = Array.from({ length: 300 }, (_, n) => `secret number ${n};`);
  const shown = redactorOf(...secrets).json(Object.fromEntries(secrets.map((secret, n) => [secret, n])));
  assert.deepEqual(Object.keys(shown ?? {}).slice(0, 3), ['***', '*** (2)', '*** (3)']);
  assert.deepEqual(Object.values(shown ?? {}), [...secrets.keys()]);
});
