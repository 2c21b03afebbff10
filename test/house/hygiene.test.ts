import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';

const root = resolve(import.meta.dirname, '../..');

/** What holds on one machine only, and so has no place in a file that everybody gets. */
const FORBIDDEN = [
  {
    what: 'an absolute path of a working copy or a home',
    pattern: /(?<![\w.…/\\<>{}*$-])\/(?:work|root|home\/[a-z]\w*)(?:\/|\b)/,
  },
  { what: 'a path beside the working copy', pattern: /\.\.\/shared\b/ },
  {
    what: 'the host of a package registry',
    pattern: /\b(?:registry\.\w|npmjs\.(?:org|com)|pypi\.org|crates\.io|golang\.org\/proxy|repo1\.maven)/,
  },
] as const;

/** A sentence for each line of `text` that holds something forbidden. */
function faults(path: string, text: string): readonly string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      FORBIDDEN.filter(({ pattern }) => pattern.test(line)).map(({ what }) => `${path}:${index + 1} holds ${what}`),
    );
}

describe('files in git', () => {
  it('hold nothing that is true on one machine only', () => {
    const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
    const files = listed.filter((path) => path !== '' && existsSync(join(root, path)));
    assert.ok(files.includes('package.json'));
    assert.deepEqual(
      files.flatMap((path) => faults(path, readFileSync(join(root, path), 'utf8'))),
      [],
    );
  });

  // Put together here, so that this file does not hold them.
  const slash = '/';
  for (const [line, bad] of [
    [`cd ${slash}work${slash}main`, true],
    [`"${slash}root${slash}.config"`, true],
    [`see ${slash}home${slash}ada${slash}notes.md`, true],
    [`..${slash}shared${slash}notes.md`, true],
    [`https:${slash}${slash}registry.${'npmjs'}.org`, true],
    [`${slash}var${slash}lib${slash}ductile${slash}work${slash}0197`, false],
    [`<state_dir>${slash}work${slash}0197`, false],
    [`src${slash}home${slash}page.ts`, false],
    ['a registry of plugins', false],
  ] as const) {
    it(`${bad ? 'may not' : 'may'} hold: ${line}`, () => {
      assert.equal(faults('x', line).length > 0, bad);
    });
  }
});
