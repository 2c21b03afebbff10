import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { renderConfigSchema } from '../src/domain/config/schema.ts';
import { renderApiReference, renderOpenApi } from './reference/api-reference.ts';
import { renderConfigReference } from './reference/config-reference.ts';
import { renderErrorReference } from './reference/error-reference.ts';

/** A file that is made from the code and kept in the tree, so that a change of it is seen in review. */
interface Generated {
  /** From the root of the project. */
  readonly path: string;
  /** The whole text of the file. */
  readonly render: () => string | Promise<string>;
}

const GENERATED: readonly Generated[] = [
  { path: 'docs/reference/api.md', render: renderApiReference },
  { path: 'docs/reference/configuration.md', render: renderConfigReference },
  { path: 'docs/reference/ductile.schema.json', render: renderConfigSchema },
  { path: 'docs/reference/errors.md', render: renderErrorReference },
  { path: 'docs/reference/openapi.json', render: renderOpenApi },
];

const root = resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');
const stale: string[] = [];

for (const { path, render } of GENERATED) {
  const file = join(root, path);
  const wanted = await render();
  if (readIfThere(file) === wanted) continue;
  stale.push(path);
  if (check) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, wanted);
}

if (!check) for (const path of stale) console.log(`wrote ${path}`);
if (check && stale.length > 0) {
  console.error(`Stale: ${stale.join(', ')}. Run \`npm run generate\` and commit what it writes.`);
  process.exit(1);
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
