import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Arena, openArena } from '../../prove/simulation/arena.ts';
import { formatCase, parseCase } from '../../prove/simulation/case.ts';
import { shrink } from '../../prove/simulation/shrink.ts';
import { simulate } from '../../prove/simulation/simulate.ts';
import { drawSteps } from '../../prove/simulation/steps.ts';

const KEPT = join(import.meta.dirname, 'kept');
/** The campaign plays thousands, and longer ones. */
const SEEDS = 200;
const STEPS = 40;

describe('a simulated gateway', () => {
  let arena: Arena;
  before(async () => {
    arena = await openArena();
  });
  after(() => arena.close());

  it('keeps every promise in many short lives', async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const steps = drawSteps(seed, STEPS);
      const { violations } = await simulate(arena, { seed, steps });
      assert.deepEqual(violations, [], `seed ${seed}: ${formatCase({ seed, steps })}`);
    }
  });

  it('lives the same life for the same seed, and another for another', async () => {
    const traces: string[] = [];
    for (const seed of [901, 901, 902]) {
      traces.push((await simulate(arena, { seed, steps: drawSteps(seed, STEPS) })).trace);
    }
    assert.equal(traces[0], traces[1]);
    assert.notEqual(traces[0], traces[2]);
  });

  it('dies, and is stopped, and does much besides', async () => {
    const { faults, jobs, attempts, reached } = await simulate(arena, { seed: 903, steps: drawSteps(903, 400) });
    assert.ok(faults > 3 && jobs > 50 && attempts > 100, JSON.stringify({ faults, jobs, attempts }));
    assert.ok(Object.keys(reached).length > 30, JSON.stringify(reached));
  });

  it('has nothing to shrink where nothing is broken', async () => {
    assert.equal(await shrink(arena, { seed: 904, steps: drawSteps(904, 20) }), null);
  });

  for (const name of readdirSync(KEPT).filter((file) => file.endsWith('.json'))) {
    it(`keeps its promises where it once did not: ${name.replace('.json', '').replaceAll('-', ' ')}`, async () => {
      const { violations } = await simulate(arena, parseCase(readFileSync(join(KEPT, name), 'utf8')));
      assert.deepEqual(violations, []);
    });
  }
});
