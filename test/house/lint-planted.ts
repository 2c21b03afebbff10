import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** What the linter says about one file. */
export interface Finding {
  /** From the root of the planted tree. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** Category without its group, such as `noRestrictedImports`; `plugin` for the rules of scripts/lint. */
  readonly rule: string;
  readonly message: string;
}

/** Runs the project's linter once over `files` (path → text), in a throw-away tree that has the project's rules. */
export function lintPlanted(files: ReadonlyMap<string, string>): readonly Finding[] {
  const tree = mkdtempSync(join(tmpdir(), 'ductile-lint-'));
  try {
    for (const name of ['biome.json', 'package.json', '.gitignore']) copyFileSync(join(root, name), join(tree, name));
    cpSync(join(root, 'scripts/lint'), join(tree, 'scripts/lint'), { recursive: true });
    for (const [path, text] of files) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), text);
    }
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
    const run = spawnSync(process.execPath, [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'], {
      cwd: tree,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    return parseReport(run.stdout, run.stderr);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function parseReport(report: string, errors: string): readonly Finding[] {
  if (report.trim() === '') throw new Error(`the linter gave no report: ${errors}`);
  const { diagnostics } = JSON.parse(report) as {
    diagnostics: readonly { category: string; message: string; location: { path: string; start?: { line: number } } }[];
  };
  return diagnostics.map(({ category, message, location }) => ({
    path: location.path,
    line: location.start?.line ?? 0,
    rule: category.split('/').at(-1) ?? category,
    message,
  }));
}
