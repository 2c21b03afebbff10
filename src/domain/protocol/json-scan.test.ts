import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scanJson } from './json-scan.ts';

const NO_LIMITS = { depth: 1_000, tokens: 1_000_000 };
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether the platform's own decoder and parser take the bytes. */
function parses(bytes: Uint8Array): boolean {
  try {
    JSON.parse(strict.decode(bytes));
    return true;
  } catch {
    return false;
  }
}

function scans(bytes: Uint8Array): boolean {
  const scan = scanJson(bytes, NO_LIMITS);
  // Stricter than the platform on purpose.
  return scan.ok || scan.fault.kind === 'duplicate' || scan.fault.kind === 'overflow';
}

test('the scanner takes exactly what the platform parses, over words of JSON in any order', () => {
  const piece = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '"\\u00e9"',
      '\\',
      '"\\',
      '0',
      '1',
      '-',
      '.',
      'e',
      '+',
      '12',
      '1.5e-3',
    ],
    ...['true', 'false', 'null', 'nul', ' ', '\n', '\t', 'é', '\ufeff', '\u0001', '"😀"', '{"a":1}', '[1,2]'],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const bytes = new TextEncoder().encode(pieces.join(''));
      assert.equal(scans(bytes), parses(bytes));
    }),
    { numRuns: 5_000 },
  );
});

test('the scanner takes exactly what the platform parses, over strings of any bytes', () => {
  const byte = fc.oneof(
    fc.nat({ max: 255 }),
    fc.constantFrom(0x5c, 0x75, 0x30, 0x80, 0xbf, 0xc2, 0xe0, 0xed, 0xf0, 0xf4),
  );
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 6 }), (inner) => {
      const bytes = Uint8Array.from([0x5b, 0x22, ...inner, 0x22, 0x5d]);
      assert.equal(scans(bytes), parses(bytes));
    }),
    { numRuns: 5_000 },
  );
});

test('the scanner takes whatever the platform prints, and counts values and keys', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const scan = scanJson(new TextEncoder().encode(JSON.stringify(value)), NO_LIMITS);
      assert.ok(scan.ok);
      assert.equal(scan.tokens, count(value));
    }),
    { numRuns: 500 },
  );
});

test('a hundred thousand open brackets are refused at the depth cap', () => {
  const scan = scanJson(new TextEncoder().encode('['.repeat(100_000)), { depth: 64, tokens: 200_000 });
  assert.deepEqual(scan, { ok: false, fault: { kind: 'depth', at: 64 } });
});

function count(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + count(item), 1);
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, item) => sum + 1 + count(item), 1);
}
