import type { Arena } from './arena.ts';
import type { Case } from './case.ts';
import { simulate } from './simulate.ts';
import type { Step } from './steps.ts';

/** The shortest list of steps that was found to break the same rule, and how it does. */
export interface Shrunk extends Case {
  readonly violation: string;
}

/** Removes steps, in ever smaller pieces, as long as the same rule stays broken; plays at most `most` worlds. Null: nothing is broken. */
export async function shrink(arena: Arena, { seed, steps }: Case, most = 300): Promise<Shrunk | null> {
  let played = 0;
  const first = await play(steps);
  if (first === null) return null;
  let best = { steps: steps.slice(0, first.taken), violation: first.violation };
  for (let piece = Math.ceil(best.steps.length / 2); piece >= 1; piece = Math.floor(piece / 2)) {
    for (let at = best.steps.length - piece; at > -piece && played < most; at -= piece) {
      const without = [...best.steps.slice(0, Math.max(at, 0)), ...best.steps.slice(at + piece)];
      const found = await play(without);
      if (found === null || ruleOf(found.violation) !== ruleOf(best.violation)) continue;
      best = { steps: without.slice(0, found.taken), violation: found.violation };
    }
  }
  return { seed, ...best };

  async function play(tried: readonly Step[]): Promise<{ violation: string; taken: number } | null> {
    played += 1;
    const { violations, steps: taken } = await simulate(arena, { seed, steps: tried });
    const [violation] = violations;
    return violation === undefined ? null : { violation, taken };
  }
}

/** What a violation begins with. */
function ruleOf(violation: string): string {
  return violation.split(':', 1)[0] ?? violation;
}
