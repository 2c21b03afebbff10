import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';

// Runs the benchmarks whose names hold one of the words given (all of them without), one after the other: they must not disturb each other.
const root = resolve(import.meta.dirname, '..');
const words = process.argv.slice(2);
const files = globSync('bench/*.bench.ts', { cwd: root }).toSorted();
const chosen = files.filter((file) => words.length === 0 || words.some((word) => file.includes(word)));

if (chosen.length === 0) {
  console.error(`No benchmark of that name; there are: ${files.join(', ')}`);
  process.exit(1);
}
for (const file of chosen) {
  console.log(`\n=== ${file}`);
  const run = spawnSync(process.execPath, [file], { cwd: root, stdio: 'inherit' });
  if (run.status !== 0) process.exitCode = 1;
}
