import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTurns } from './in-turns.ts';
import { nextTurn } from './next-turn.ts';

test('those who wait for a turn get one each, in their order', async () => {
  const seen: string[] = [];
  let turn = 0;
  let counting = true;
  const count = (): void => {
    turn += 1;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const take = async (name: string): Promise<number> => {
    await nextTurn();
    seen.push(name);
    return turn;
  };
  const turns = await Promise.all([take('a'), take('b'), take('c')]);
  counting = false;
  assert.deepEqual(seen, ['a', 'b', 'c']);
  assert.equal(new Set(turns).size, 3);
});

test('steps are taken to their end, and other work is done between them', async () => {
  const seen: string[] = [];
  const steps = function* (name: string): Generator<undefined, string> {
    seen.push(`${name}1`);
    yield;
    seen.push(`${name}2`);
    return name;
  };
  assert.deepEqual(await Promise.all([inTurns(steps('a')), inTurns(steps('b'))]), ['a', 'b']);
  assert.deepEqual(seen, ['a1', 'b1', 'a2', 'b2']);
});

test('what a step throws rejects', async () => {
  const steps = function* (): Generator<undefined, never> {
    yield;
    throw new Error('broken');
  };
  await assert.rejects(inTurns(steps()), /broken/);
});
