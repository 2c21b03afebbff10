import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SCOPES } from '../../src/domain/scope.ts';
import { UNREADY_REASONS } from '../../src/engine/operations.ts';
import { urlOf } from '../../src/http/api/route.ts';
import { ROUTES } from '../../src/http/api/routes.ts';
import { textOf } from './pages.ts';

const page = textOf('docs/api.md');

describe('the page on the API', () => {
  it('speaks of paths that there are', () => {
    const known = new Set(ROUTES.map((route) => urlOf(route).replaceAll(/:(\w+)\*?/g, '{$1}')));
    const named = [...page.matchAll(/\/api\/v1[\w/{}.-]+/g)].map(([path]) => path.replace(/\.$/, ''));
    assert.ok(named.length > 5);
    assert.deepEqual(
      named.filter((path) => !known.has(path)),
      [],
    );
  });

  it('has every scope and every reason not to be ready', () => {
    for (const scope of SCOPES) assert.ok(page.includes(`| \`${scope}\` |`), scope);
    for (const reason of UNREADY_REASONS) assert.ok(page.includes(`\`${reason}\``), reason);
  });
});
