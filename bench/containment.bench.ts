import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DEFAULT_LIMITS, type ResourceLimits } from '../src/domain/instance.ts';
import { contain, NO_PLACES } from '../src/runner/containment.ts';
import { tierAvailable } from '../src/runner/containment-check.ts';
import { type ContainmentTools, containmentTools } from '../src/runner/containment-tools.ts';

// What each tier of containment costs: from starting a process that does nothing to its end, against a bare spawn in the
// same run, in turns.

const ROUNDS = 100;
const WARM_UP = 10;
const PROGRAM = ['/bin/true'];

const tools = containmentTools(process.env['PATH']);
const bare: ContainmentTools = { ...tools, withoutSetpriv: 'left out' };
const limited = { ...DEFAULT_LIMITS, openFiles: 64 };

const rows = [
  ['bare spawn', 'group', DEFAULT_LIMITS, bare],
  ['group', 'group', DEFAULT_LIMITS, tools],
  ['group with limits', 'group', limited, tools],
  ['pidns', 'pidns', DEFAULT_LIMITS, tools],
  ['bwrap', 'bwrap', DEFAULT_LIMITS, tools],
] as const;

function commandLine(
  tier: 'group' | 'pidns' | 'bwrap',
  resources: ResourceLimits,
  from: ContainmentTools,
): readonly string[] {
  const containment = { tier, network: true, noNewPrivs: null };
  const contained = contain(PROGRAM, { containment, resources, account: null, places: NO_PLACES }, from);
  if (!contained.ok) throw new Error(`${contained.missing} is missing`);
  return contained.argv;
}

async function timed([program = '', ...args]: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  await once(child, 'close');
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const measured = rows
  .filter(([name, tier]) => {
    const missing = tierAvailable(tier);
    if (missing !== null) console.log(`SKIPPED ${name}: ${missing}`);
    return missing === null;
  })
  .map(([name, tier, resources, from]) => ({ name, argv: commandLine(tier, resources, from), times: [] as number[] }));

for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
  for (const { argv, times } of measured) {
    const time = await timed(argv);
    if (round >= WARM_UP) times.push(time);
  }
}
const base = { median: median(measured[0]?.times ?? []), best: Math.min(...(measured[0]?.times ?? [])) };
console.log(`of ${ROUNDS}, milliseconds; the best is what a machine without other work takes`);
for (const { name, times } of measured) {
  const [usual, best] = [median(times), Math.min(...times)];
  console.log(`  ${name.padEnd(18)} median ${against(usual, base.median)}   best ${against(best, base.best)}`);
}

function against(time: number, other: number): string {
  return `${time.toFixed(2).padStart(6)} ×${(time / other).toFixed(2)}`;
}
