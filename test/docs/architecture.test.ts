import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { codesIn, ROOT, rowsOf, sectionOf, textOf } from './pages.ts';

const page = textOf('docs/architecture.md');
const folders = rowsOf(sectionOf(page, 'Folders')).flatMap(([path = '']) => codesIn(path));
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0');

describe('docs/architecture.md', () => {
  it('has every folder and file of src/, and every other folder of the project', () => {
    const source = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).map((entry) =>
      entry.isDirectory() ? `src/${entry.name}/` : `src/${entry.name}`,
    );
    const others = new Set(tracked.filter((path) => path.includes('/')).map((path) => `${path.split('/')[0]}/`));
    const wanted = [...source, ...others].filter((path) => path !== 'src/' && !path.startsWith('.'));
    assert.deepEqual(
      wanted.filter((path) => !folders.includes(path)),
      [],
    );
  });

  it('names only folders and files that are there', () => {
    const named = [
      ...new Set([...folders, ...codesIn(page).filter((code) => /^(src|test|scripts|bench)\//.test(code))]),
    ];
    assert.ok(named.length > 20);
    const missing = named.filter((path) => {
      const parent = path.includes('*') ? path.slice(0, path.lastIndexOf('/')) : path;
      return !existsSync(join(ROOT, parent));
    });
    assert.deepEqual(missing, []);
  });

  it('names only files that are somewhere in the project, where it leaves out the folder', () => {
    const bare = codesIn(page.replace('`x.test.ts`', '')).filter((code) =>
      /^[a-z0-9-]+(\.test)?\.(ts|sql|json)$/.test(code),
    );
    const known = new Set(tracked.map((path) => path.split('/').at(-1)));
    assert.deepEqual(
      bare.filter((name) => !known.has(name)),
      [],
    );
  });

  it('names only functions, types and tables that the code has', () => {
    const names = codesIn(page).filter((code) => /^[a-z]+[A-Z][A-Za-z]+$|^(jobs|state|dedupe)_[a-z_]+$/.test(code));
    const sources = tracked
      .filter((path) => /^(src|test)\/.*\.(ts|sql)$/.test(path) && existsSync(join(ROOT, path)))
      .map((path) => readFileSync(join(ROOT, path), 'utf8'))
      .join('\n');
    assert.ok(names.length > 5);
    assert.deepEqual(
      names.filter((name) => !new RegExp(`\\b${name}\\b`).test(sources)),
      [],
    );
  });
});
