import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { coverageProblems } from '../../scripts/coverage.ts';

/** An LCOV record in which the lines of a file were run as often as `hits` says. */
function record(path: string, hits: readonly number[]): string {
  return [`SF:${path}`, ...hits.map((hit, index) => `DA:${index + 1},${hit}`), 'end_of_record', ''].join('\n');
}

/** The problems of a report over a tree of the given sources. */
function problems({ lcov, sources }: { lcov: string; sources: Readonly<Record<string, string>> }): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), 'ductile-coverage-'));
  try {
    for (const [path, text] of Object.entries(sources)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return coverageProblems(lcov, root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const ten = Array.from({ length: 10 }, () => 1);
const code = 'export const one = 1;\n';

describe('the bounds of coverage', () => {
  it('hold when the tests ran every line', () => {
    const lcov = record('src/domain/a.ts', ten) + record('src/engine/b.ts', ten);
    assert.deepEqual(problems({ lcov, sources: { 'src/domain/a.ts': code, 'src/engine/b.ts': code } }), []);
  });

  it('hold when one line in ten of src was missed outside domain', () => {
    const lcov = record('src/domain/a.ts', ten) + record('src/engine/b.ts', [...ten.slice(2), 0, 0]);
    assert.deepEqual(problems({ lcov, sources: {} }), []);
  });

  it('are broken by one missed line of domain, which is named', () => {
    const lcov = record('src/domain/a.ts', [1, 0, 0, 1]) + record('src/engine/b.ts', [...ten, ...ten, ...ten]);
    assert.deepEqual(problems({ lcov, sources: {} }), [
      'Tests run 50.00 % of the lines of src/domain/, less than 100 %. Missed:\n  src/domain/a.ts: 2-3',
    ]);
  });

  it('are broken by a source with code that no test loads', () => {
    const found = problems({ lcov: record('src/domain/a.ts', ten), sources: { 'src/domain/lost.ts': code } });
    assert.match(found[0] ?? '', /src\/domain\/lost\.ts: 1-2/);
  });

  it('pass over sources of types alone, tests and suites that tests share', () => {
    const sources = {
      'src/domain/shape.ts': "/** Text. */\nimport type { A } from './a.ts';\nexport interface Shape { a: A }\n",
      'src/domain/a.test.ts': code,
      'src/store/contract.ts': code,
      'src/store/contract/claims.ts': code,
    };
    assert.deepEqual(problems({ lcov: record('src/domain/a.ts', ten), sources }), []);
  });
});
