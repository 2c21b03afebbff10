import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createRedactor } from '../../domain/redact.ts';
import { shownAll } from './shown-all.ts';

it('masks many values in their order and lets others have a turn meanwhile', async () => {
  const redactor = createRedactor({ secrets: ['sesame-open'], keys: [], patterns: [] });
  let turns = 0;
  let over = false;
  const count = (): void => {
    turns += 1;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  const values = Array.from({ length: 1_000 }, (_, index) => ({ index, text: `say sesame-open ${'x'.repeat(2_000)}` }));
  const shown = await shownAll(redactor, values);
  over = true;
  assert.ok(turns > 10, String(turns));
  assert.equal(shown.length, values.length);
  assert.deepEqual(shown[7], { index: 7, text: `say *** ${'x'.repeat(2_000)}` });
  assert.deepEqual(await shownAll(redactor, []), []);
});
