import assert from 'node:assert/strict';
import { it } from 'node:test';
import { validate, version } from 'uuid';
import { systemIds } from './ids.ts';

it('makes UUIDs of version 7, all different, that sort in the order in which they were made', () => {
  const ids = Array.from({ length: 5_000 }, () => systemIds());
  assert.ok(ids.every((id) => validate(id) && version(id) === 7));
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(ids.toSorted(), ids);
});
