import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const from = join(root, 'src');
const to = join(root, 'dist');

// The compiler follows the imports of src/main.ts, so tests and the suites they share stay behind by themselves.
rmSync(to, { recursive: true, force: true });
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [compiler, '--project', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(1);

// What the sources read by path (migrations, static pages) lies beside them; so it must beside the output.
for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name.endsWith('.ts')) continue;
  const source = join(entry.parentPath, entry.name);
  cpSync(source, join(to, relative(from, source)));
}

const main = join(to, 'main.js');
if (!readFileSync(main, 'utf8').startsWith('#!/usr/bin/env node\n')) {
  console.error('dist/main.js has lost its first line, #!/usr/bin/env node');
  process.exit(1);
}
chmodSync(main, 0o755);
