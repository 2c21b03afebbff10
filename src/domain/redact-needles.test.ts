import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createNeedles } from './redact-needles.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 4, maxLength: 8 });
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 60 });

test('every needle is found at every place, the longest of those that begin there', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), text, (needles, haystack) => {
      const expected = [...haystack].flatMap((_unit, start) => {
        const here = needles.filter((needle) => haystack.startsWith(needle, start)).map((needle) => needle.length);
        return here.length === 0 ? [] : [{ start, end: start + Math.max(...here) }];
      });
      assert.deepEqual(createNeedles(needles).find(haystack), expected);
    }),
  );
});

test('what is pending is the earliest place where a needle may still come to its end', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), text, (needles, haystack) => {
      const open = (start: number) =>
        needles.some((needle) => needle.length > haystack.length - start && needle.startsWith(haystack.slice(start)));
      const first = [...haystack].findIndex((_unit, start) => open(start));
      assert.equal(createNeedles(needles).pending(haystack), first < 0 ? haystack.length : first);
    }),
  );
});
