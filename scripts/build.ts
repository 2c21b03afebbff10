import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const from = join(root, 'src');
const dist = join(root, 'dist');
// Made beside and put in place at the end: whoever runs dist/main.js meanwhile meets the old one, never half of a new one.
const to = `${dist}.${process.pid}`;

// The compiler follows the imports of src/main.ts, so tests and the suites they share stay behind by themselves.
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const compiled = spawnSync(
  process.execPath,
  [compiler, '--project', join(root, 'tsconfig.build.json'), '--outDir', to],
  {
    stdio: 'inherit',
  },
);
if (compiled.status !== 0) fail();

// What the sources read by path (migrations, static pages) lies beside them; so it must beside the output.
for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name.endsWith('.ts')) continue;
  const source = join(entry.parentPath, entry.name);
  cpSync(source, join(to, relative(from, source)));
}

const main = join(to, 'main.js');
if (!readFileSync(main, 'utf8').startsWith('#!/usr/bin/env node\n')) {
  console.error('dist/main.js has lost its first line, #!/usr/bin/env node');
  fail();
}
chmodSync(main, 0o755);
rmSync(dist, { recursive: true, force: true });
renameSync(to, dist);

function fail(): never {
  rmSync(to, { recursive: true, force: true });
  process.exit(1);
}
