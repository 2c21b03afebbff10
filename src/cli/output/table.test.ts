import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Column, cut, table, widthOf } from './table.ts';

const COLUMNS: readonly Column[] = [
  { head: 'ID' },
  { head: 'NAME', least: 6 },
  { head: 'BY', optional: true },
  { head: 'NOTE', least: 8, optional: true },
];
const ROWS = [
  ['0197', 'upstairs-scale', 'route:morning', 'again in 4 m'],
  ['0198', 'x', 'cli', ''],
];

describe('table', () => {
  it('pads each column to its widest cell and leaves no space at the end of a line', () => {
    assert.equal(
      table(COLUMNS, ROWS, 100),
      [
        'ID    NAME            BY             NOTE',
        '0197  upstairs-scale  route:morning  again in 4 m',
        '0198  x               cli',
        '',
      ].join('\n'),
    );
  });

  for (const [width, lines] of [
    [49, ['ID    NAME            BY             NOTE', '0197  upstairs-scale  route:morning  again in 4 m']],
    [46, ['ID    NAME         BY             NOTE', '0197  upstairs-s…  route:morning  again in 4 m']],
    [37, ['ID    NAME    BY             NOTE', '0197  upsta…  route:morning  again i…']],
    [35, ['ID    NAME            BY', '0197  upstairs-scale  route:morning']],
    [34, ['ID    NAME            BY', '0197  upstairs-sca…  route:morning']],
    [30, ['ID    NAME       BY', '0197  upstairs…  route:morning']],
    [14, ['ID    NAME', '0197  upstair…']],
    [5, ['ID    NAME', '0197  upsta…']],
  ] as const) {
    it(`fits into ${width} columns by cutting what may be cut, then by leaving out what may be left out`, () => {
      const [head = '', first = ''] = table(COLUMNS, ROWS, width).split('\n');
      assert.deepEqual([head.replace(/ {2,}/g, '  '), first], [lines[0].replace(/ {2,}/g, '  '), lines[1]]);
      assert.ok(width < 12 || widthOf(first) <= width);
    });
  }

  it('leaves out a column without any content', () => {
    assert.equal(table([{ head: 'A' }, { head: 'B' }, { head: 'C' }], [['1', '', '2']], 80), 'A  C\n1  2\n');
    assert.equal(table([{ head: 'A' }, { head: 'B' }], [], 80), 'A  B\n');
  });

  it('measures what is seen: colours take no room, a cell is one line', () => {
    const red = '\u001b[31mbad\u001b[39m';
    assert.equal(widthOf(red), 3);
    assert.equal(table([{ head: 'S' }, { head: 'N' }], [[red, 'a\n  b']], 80), `S    N\n${red}  a b\n`);
    assert.equal(cut(red, 3), red);
    assert.equal(cut(red, 2), 'b…');
    assert.equal(cut('abc', 0), '…');
  });
});
