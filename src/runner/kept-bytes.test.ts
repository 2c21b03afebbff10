import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { KeptBytes } from './kept-bytes.ts';

it('keeps the last bytes of whatever was pushed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.array(fc.uint8Array({ maxLength: 60 })), (keep, chunks) => {
      const kept = new KeptBytes(keep);
      for (const chunk of chunks) kept.push(chunk);
      const all = Buffer.concat(chunks);
      const tail = all.subarray(Math.max(0, all.length - keep));
      assert.deepEqual([...kept.bytes()], [...tail]);
      assert.deepEqual([kept.total, kept.truncated], [all.length, all.length > keep]);
    }),
  );
});

it('grows to no more than twice what it keeps, however small the pieces', () => {
  const kept = new KeptBytes(10_000);
  for (let at = 0; at < 100_000; at += 1) kept.push(Uint8Array.of(at % 251));
  assert.equal(kept.bytes().length, 10_000);
  assert.ok(kept.bytes().buffer.byteLength <= 20_000);
});
