import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';
import { proseOf, ROOT, textOf } from './pages.ts';

const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
});
const pages = listed.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)));

/** The anchors that a page offers: its headings, as forges write them. */
function anchorsOf(page: string): readonly string[] {
  return [...page.replace(/^```.*?^```$/gms, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** Why a link leads nowhere, or null. */
function faultOf(path: string, target: string): string | null {
  if (/^[a-z][a-z+.-]*:/.test(target)) return null;
  const [file = '', anchor] = target.split('#');
  const place = file === '' ? path : normalize(join(dirname(path), file));
  if (place.startsWith('..')) return `${path}: ${target} leads out of the project`;
  if (!existsSync(join(ROOT, place))) return `${path}: there is no ${place}`;
  if (anchor === undefined || anchorsOf(textOf(place)).includes(anchor)) return null;
  return `${path}: ${place} has no heading #${anchor}`;
}

/** The targets of the links in a page. */
function targetsIn(page: string): readonly string[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

describe('pages', () => {
  it('lead somewhere with every relative link, headings included', () => {
    assert.ok(pages.includes('README.md') && pages.includes('docs/semantics.md'));
    const faults = pages.flatMap((path) => targetsIn(textOf(path)).map((target) => faultOf(path, target)));
    assert.deepEqual(
      faults.filter((fault) => fault !== null),
      [],
    );
  });

  it('are all reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const path of reached) {
      for (const target of targetsIn(textOf(path))) {
        const place = normalize(join(dirname(path), target.split('#')[0] ?? ''));
        if (pages.includes(place)) reached.add(place);
      }
    }
    const lost = pages.filter((path) => path.startsWith('docs/') && !reached.has(path));
    assert.deepEqual(lost, []);
  });

  for (const [target, found] of [
    ['docs/semantics.md#at-most-once', null],
    ['docs/semantics.md#no-such-heading', 'README.md: docs/semantics.md has no heading #no-such-heading'],
    ['docs/missing.md', 'README.md: there is no docs/missing.md'],
    ['../beside.md', 'README.md: ../beside.md leads out of the project'],
    ['https://example.org/', null],
  ] as const) {
    it(`${found === null ? 'may' : 'may not'} link to ${target}`, () => {
      assert.equal(faultOf('README.md', target), found);
    });
  }
});
