import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';

const root = resolve(import.meta.dirname, '../..');

/** A small tree with the project's build, in which only `sources` (path → text) stand under src/. */
function plant(sources: Readonly<Record<string, string>>): string {
  const tree = mkdtempSync(join(tmpdir(), 'ductile-build-'));
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.ts']) {
    cpSync(join(root, name), join(tree, name));
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  return tree;
}

function build(tree: string): { readonly status: number | null; readonly says: string } {
  const run = spawnSync(process.execPath, [join(tree, 'scripts/build.ts')], { encoding: 'utf8' });
  return { status: run.status, says: run.stdout + run.stderr };
}

describe('the build', () => {
  let tree = '';
  before(() => {
    tree = plant({
      'src/main.ts': "#!/usr/bin/env node\nconst { greet } = await import('./cli/greet.ts');\ngreet();\nexport {};\n",
      'src/cli/greet.ts': "import { word } from './word.ts';\nexport const greet = (): void => console.log(word);\n",
      'src/cli/word.ts': "export const word: string = 'hello';\n",
      'src/cli/word.test.ts': "import { word } from './word.ts';\nconsole.log(word);\n",
      'src/store/contract.ts': 'export const suite = 1;\n',
      'src/store/migrations/0001_first.sql': 'SELECT 1;\n',
      'dist/left-over.js': '',
    });
    assert.deepEqual(build(tree), { status: 0, says: '' });
  });
  after(() => rmSync(tree, { recursive: true, force: true }));

  it('emits what main reaches and copies what is read by path, no tests and nothing left over', () => {
    const files = globSync('**/*', { cwd: join(tree, 'dist') }).filter((path) =>
      statSync(join(tree, 'dist', path)).isFile(),
    );
    assert.deepEqual(files.toSorted(), ['cli/greet.js', 'cli/word.js', 'main.js', 'store/migrations/0001_first.sql']);
  });

  it('makes a program that runs by itself', () => {
    const main = join(tree, 'dist/main.js');
    accessSync(main, constants.X_OK);
    assert.equal(readFileSync(main, 'utf8').split('\n')[0], '#!/usr/bin/env node');
    assert.equal(spawnSync(process.execPath, [main], { encoding: 'utf8' }).stdout, 'hello\n');
  });
});

describe('the build fails', () => {
  for (const [title, source, says] of [
    ['on a type error', '#!/usr/bin/env node\nexport const one: string = 1;\n', /TS2322/],
    ['when main has lost its first line', 'export const one = 1;\n', /has lost its first line/],
  ] as const) {
    it(title, () => {
      const tree = plant({ 'src/main.ts': source });
      try {
        const result = build(tree);
        assert.equal(result.status, 1);
        assert.match(result.says, says);
      } finally {
        rmSync(tree, { recursive: true, force: true });
      }
    });
  }
});
