import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { coverageProblems } from './coverage.ts';

// Runs the tests named on the command line (all of them without names); with --coverage it also holds the bounds of coverage.ts.
const root = resolve(import.meta.dirname, '..');
const given = process.argv.slice(2);
const withCoverage = given.includes('--coverage');
const patterns = given.filter((argument) => argument !== '--coverage');
const lcov = join(root, 'coverage/lcov.info');

// A test that hangs is told by name instead of holding up everything. Two files at a time at least: a test that waits for a process leaves its core idle.
const options = [
  '--test',
  '--test-timeout=300000',
  `--test-concurrency=${Math.max(2, availableParallelism())}`,
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
];
if (withCoverage) {
  mkdirSync(join(root, 'coverage'), { recursive: true });
  options.push(
    '--experimental-test-coverage',
    '--test-coverage-include=src/**/*.ts',
    '--test-coverage-exclude=**/*.test.ts',
    '--test-coverage-exclude=**/contract*/**',
    '--test-coverage-exclude=**/contract*.ts',
    '--test-reporter=lcov',
    `--test-reporter-destination=${lcov}`,
  );
}
const files = patterns.length > 0 ? patterns : ['src/**/*.test.ts', 'test/**/*.test.ts', 'prove/**/*.test.ts'];
const run = spawnSync(process.execPath, [...options, ...files], { cwd: root, stdio: 'inherit' });
if (run.status !== 0) process.exit(1);

if (withCoverage) {
  const problems = coverageProblems(readFileSync(lcov, 'utf8'), root);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
}
