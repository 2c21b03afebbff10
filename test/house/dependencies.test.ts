import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';

const root = resolve(import.meta.dirname, '../..');

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');

/** The rows of the table under a heading of the page, each as its cells. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) =>
    row
      .slice(1, row.lastIndexOf('|'))
      .split(' | ')
      .map((cell) => cell.trim()),
  );
}

for (const [kind, heading] of [
  ['dependencies', 'At run time'],
  ['devDependencies', 'For development'],
] as const) {
  describe(kind, () => {
    it(`each has one line under "${heading}" in docs/dependencies.md, and each line its dependency`, () => {
      const named = rowsUnder(heading).map(([name = '']) => name.replaceAll('`', ''));
      assert.deepEqual(named.toSorted(), Object.keys(manifest[kind]).toSorted());
    });

    it('each line says what for, why this one and what it costs', () => {
      const thin = rowsUnder(heading).filter((cells) => cells.length !== 4 || cells.some((cell) => cell.length < 3));
      assert.deepEqual(thin, []);
    });

    it('each is pinned to one version', () => {
      const loose = Object.entries(manifest[kind]).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
      assert.deepEqual(loose, []);
    });
  });
}
