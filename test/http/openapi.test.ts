import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { OPERATOR_ERRORS } from '../../src/domain/errors.ts';
import { declaredErrors } from '../../src/http/api/declared-errors.ts';
import { openApiDocument } from '../../src/http/api/openapi.ts';
import { urlOf } from '../../src/http/api/route.ts';
import { ROUTES } from '../../src/http/api/routes.ts';
import { apiDocument } from './document.ts';

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(openApiDocument(ROUTES));
    assert.ok(valid, JSON.stringify(errors));
  });

  it('is not taken for one with a fault in it', async () => {
    const { paths, ...rest } = openApiDocument(ROUTES);
    const { valid } = await new Validator().validate({ ...rest, paths: { ...Object(paths), '/x': { get: 1 } } });
    assert.equal(valid, false);
  });

  it('has every route with its scope, every answer and every error', () => {
    const { operations } = apiDocument(openApiDocument(ROUTES));
    for (const route of ROUTES) {
      const path = urlOf(route).replaceAll(/:(\w+)\*?/g, '{$1}');
      const operation = operations.find((one) => one.method === route.method && one.path === path);
      assert.ok(operation, `${route.method} ${path}`);
      assert.equal(operation.scope, route.scope);
      const codes = declaredErrors(route);
      const statuses = [...Object.keys(route.answers), ...codes.map((code) => OPERATOR_ERRORS[code].http)];
      assert.deepEqual([...operation.responses.keys()].toSorted(), [...new Set(statuses.map(Number))].toSorted());
      for (const code of codes) {
        const response = operation.responses.get(OPERATOR_ERRORS[code].http);
        assert.match(response?.description ?? '', new RegExp(`\`${code}\``), `${route.method} ${path}`);
      }
    }
    assert.equal(operations.length, ROUTES.length + 2, 'and the two probes');
  });

  it('calls each operation something else', () => {
    const ids = apiDocument(openApiDocument(ROUTES)).operations.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
  });

  it('is kept in the tree as it is served', () => {
    const kept = JSON.parse(readFileSync(new URL('../../docs/reference/openapi.json', import.meta.url), 'utf8'));
    assert.deepEqual(kept, openApiDocument(ROUTES));
  });
});
