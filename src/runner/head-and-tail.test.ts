import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { HeadAndTail } from './head-and-tail.ts';

function keep(bytes: number, text: string): string {
  const kept = new HeadAndTail(bytes);
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += 7) kept.push(all.subarray(at, at + 7));
  return kept.text();
}

it('keeps a text whole up to its limit', () => {
  const text = 'ä'.repeat(100);
  assert.equal(keep(200, text), text);
});

it('keeps head and tail of a longer one, and says how much is missing', () => {
  assert.equal(
    keep(100, 'a'.repeat(60) + 'b'.repeat(60)),
    `${'a'.repeat(10)}\n… 100 bytes left out …\n${'b'.repeat(10)}`,
  );
});

it('never keeps more than its limit, never cuts a character, and counts what is missing', () => {
  const text = fc.string({ unit: 'binary', minLength: 0, maxLength: 400 }).map((some) => some.toWellFormed());
  fc.assert(
    fc.property(fc.integer({ min: 80, max: 300 }), text, (limit, written) => {
      const bytes = Buffer.byteLength(written);
      const shown = keep(limit, written);
      if (bytes <= limit) return assert.equal(shown, written);
      assert.ok(Buffer.byteLength(shown) <= limit);
      const parts = /^([\s\S]*?)\n… (\d+) bytes left out …\n([\s\S]*)$/.exec(shown);
      const [, head = '', missing = '', tail = ''] = parts ?? [];
      assert.ok(written.startsWith(head) && written.endsWith(tail));
      assert.equal(Buffer.byteLength(head) + Number(missing) + Buffer.byteLength(tail), bytes);
    }),
  );
});
