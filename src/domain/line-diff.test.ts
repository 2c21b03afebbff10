import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { diffLines } from './line-diff.ts';

const SIGNS = { same: ' ', old: '-', new: '+' } as const;

function shown(before: string, after: string): readonly string[] {
  return diffLines(before, after).map(
    ({ oldLine, newLine, lines }) =>
      `${oldLine},${newLine}:${lines.map(({ kind, text }) => `${SIGNS[kind]}${text}`).join(' ')}`,
  );
}

describe('two texts', () => {
  const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
    ['the same', 'a\nb\n', 'a\nb\n', []],
    ['both empty', '', '', []],
    ['a line changed', 'a\nb\nc\n', 'a\nx\nc\n', ['1,1: a -b +x  c']],
    ['all new', '', 'a\nb\n', ['1,1:+a +b']],
    ['all gone', 'a\n', '', ['1,1:-a']],
    ['a line put in', 'a\nc\n', 'a\nb\nc\n', ['1,1: a +b  c']],
    ['a common line in the middle', 'a\nb\nc\n', 'x\nb\ny\n', ['1,1:-a +x  b -c +y']],
  ];
  for (const [title, before, after, expected] of cases) {
    it(title, () => assert.deepEqual(shown(before, after), expected));
  }

  it('changes that are far apart are two stretches', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `l${at + 1}`);
    const after = lines.with(4, 'x').with(24, 'y');
    assert.deepEqual(shown(lines.join('\n'), after.join('\n')), [
      '2,2: l2  l3  l4 -l5 +x  l6  l7  l8',
      '22,22: l22  l23  l24 -l25 +y  l26  l27  l28',
    ]);
  });

  it('of many thousand lines, all different, are compared at once', () => {
    const many = (sign: string): string => Array.from({ length: 5_000 }, (_, at) => `${sign}${at}`).join('\n');
    const [hunk] = diffLines(many('a'), many('b'));
    assert.equal(hunk?.lines.length, 10_000);
  });

  it('can be told from each other by what is shown, whatever they hold', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const patched: string[] = [...before];
        let moved = 0;
        for (const { oldLine, lines } of diffLines(before.join('\n'), after.join('\n'))) {
          const old = lines.filter(({ kind }) => kind !== 'new').map((one) => one.text);
          const fresh = lines.filter(({ kind }) => kind !== 'old').map((one) => one.text);
          assert.deepEqual(patched.slice(oldLine - 1 + moved, oldLine - 1 + moved + old.length), old);
          patched.splice(oldLine - 1 + moved, old.length, ...fresh);
          moved += fresh.length - old.length;
        }
        assert.deepEqual(patched, after);
      }),
    );
  });
});
