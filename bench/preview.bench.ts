import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

// How long `ductile schedule preview` takes for a week of a hundred schedules, as a whole command from its start to its
// end, beside a command that does nothing. The best of some runs counts: that is nearest to what a quiet machine takes.

const SCHEDULES = 100;
const RUNS = 7;
const MAX_MS = 1_000;

const KINDS = [
  '{ every: 15m }',
  '{ cron: "*/20 * * * *", timezone: Europe/Berlin }',
  '{ every: 1h, jitter: 5m, timezone: Australia/Lord_Howe }',
  '{ cron: "0 7 * * mon-fri", timezone: America/New_York, window: { start: "06:00", end: "22:00" } }',
  '{ every: 10m, timezone: Australia/Sydney, window: { start: "08:00", end: "18:00", days: [mon, tue, wed] } }',
];

const main = resolve(import.meta.dirname, '../src/main.ts');

/** Milliseconds that the fastest of some runs of a command takes. */
function best(args: readonly string[]): number {
  const times = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    const run = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', maxBuffer: 64 * 1_024 * 1_024 });
    if (run.status !== 0) throw new Error(run.stderr);
    return performance.now() - started;
  });
  return Math.min(...times);
}

const dir = mkdtempSync(join(tmpdir(), 'ductile-preview-'));
try {
  const plugins = Array.from({ length: SCHEDULES }, (_, index) => {
    return `  p${index}: { uses: exec, config: { argv: ["true"] }, schedules: ${KINDS[index % KINDS.length]} }`;
  });
  const file = join(dir, 'ductile.yaml');
  writeFileSync(file, ['service: { state_dir: ./state }', 'plugins:', ...plugins, ''].join('\n'));
  const week = ['schedule', 'preview', '--config', file, '--from', '2024-03-08T00:00:00Z', '--days', '7'];
  const nothing = best(['--version']);
  const text = best(week);
  const json = best([...week, '--json']);
  console.log(`a week of ${SCHEDULES} schedules, best of ${RUNS}`);
  console.log(`  preview           ${text.toFixed(0)} ms`);
  console.log(`  preview --json    ${json.toFixed(0)} ms`);
  console.log(`  --version         ${nothing.toFixed(0)} ms`);
  const passed = Math.max(text, json) < MAX_MS;
  console.log(`${passed ? 'PASS' : 'FAIL'} preview < ${MAX_MS} ms`);
  process.exitCode = passed ? 0 : 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
