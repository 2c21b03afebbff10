import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

/** Lowest share of lines that the tests must run, in percent; `paths` are prefixes of paths from the root. */
const BOUNDS = [
  { path: 'src/domain/', percent: 100 },
  { path: 'src/', percent: 90 },
] as const;

const NOT_MEASURED = ['**/*.test.ts', '**/contract*/**', '**/contract*.ts'];

interface FileCoverage {
  readonly path: string;
  readonly lines: number;
  /** Numbers of the lines that no test ran. */
  readonly missed: readonly number[];
}

/** What is wrong with the coverage in the text of an LCOV report over the tree at `root`: a sentence for each bound that does not hold. */
export function coverageProblems(lcov: string, root: string): readonly string[] {
  const reported = parseLcov(lcov);
  const seen = new Set(reported.map((file) => file.path));
  const files = [...reported, ...neverLoaded(seen, root)];
  return BOUNDS.flatMap(({ path, percent }) => {
    const inside = files.filter((file) => file.path.startsWith(path));
    const lines = sum(inside.map((file) => file.lines));
    const missed = sum(inside.map((file) => file.missed.length));
    const reached = lines === 0 ? 100 : (100 * (lines - missed)) / lines;
    if (reached >= percent) return [];
    const worst = inside.filter((file) => file.missed.length > 0).sort((a, b) => b.missed.length - a.missed.length);
    const named = worst.slice(0, 10).map((file) => `\n  ${file.path}: ${ranges(file.missed)}`);
    return [
      `Tests run ${reached.toFixed(2)} % of the lines of ${path}, less than ${percent} %. Missed:${named.join('')}`,
    ];
  });
}

function parseLcov(text: string): readonly FileCoverage[] {
  return text
    .split('end_of_record')
    .map((record) => {
      const hits = [...record.matchAll(/^DA:(\d+),(\d+)/gm)];
      const missed = hits.filter((hit) => hit[2] === '0').map((hit) => Number(hit[1]));
      return { path: /^SF:(.+)$/m.exec(record)?.[1] ?? '', lines: hits.length, missed };
    })
    .filter((file) => file.path !== '');
}

/** Sources that no test loads are not in the report; those with code in them count as missed from end to end. */
function neverLoaded(seen: ReadonlySet<string>, root: string): readonly FileCoverage[] {
  return globSync('src/**/*.ts', { cwd: root, exclude: NOT_MEASURED })
    .filter((path) => !seen.has(path))
    .flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      if (!hasCode(text)) return [];
      return [{ path, lines: text.split('\n').length, missed: text.split('\n').map((_, index) => index + 1) }];
    });
}

/** False for a file of types alone: it leaves nothing to run. */
function hasCode(typescript: string): boolean {
  const code = stripTypeScriptTypes(typescript);
  return code.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '').trim() !== '';
}

function ranges(lines: readonly number[]): string {
  const starts = lines.filter((line) => !lines.includes(line - 1));
  return starts
    .map((start) => {
      let end = start;
      while (lines.includes(end + 1)) end += 1;
      return end === start ? `${start}` : `${start}-${end}`;
    })
    .join(', ');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
