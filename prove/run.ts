import { parseArgs } from 'node:util';
import type { Campaign, Size } from './campaign.ts';
import { kill } from './campaigns/kill.ts';

// Runs the fault campaigns against real gateways: the short set, or one at full size with --only NAME --full.
// A campaign that injects no fault, or leaves one violation, fails the run.

const CAMPAIGNS: readonly Campaign[] = [kill];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    full: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const chosen = CAMPAIGNS.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  console.error(`no campaign of that name; there are: ${CAMPAIGNS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const seed = Number(values.seed);
const size: Size = values.full ? 'full' : 'short';
let failed = 0;
for (const campaign of chosen) {
  const startedAt = performance.now();
  console.log(`${campaign.name} (${size}, seed ${seed}): ${campaign.about}`);
  const say = (text: string): void => {
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K  ${text}`);
  };
  const { faults, figures, violations } = await campaign.run({ size, seed, say });
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
  console.log(`  faults injected: ${faults}`);
  for (const [what, figure] of Object.entries(figures)) console.log(`  ${what}: ${figure}`);
  for (const violation of violations.slice(0, 20)) console.log(`  VIOLATION ${violation}`);
  const passed = faults > 0 && violations.length === 0;
  if (!passed) failed += 1;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${passed ? 'PASS' : 'FAIL'} ${campaign.name} in ${seconds} s\n`);
}
process.exitCode = failed === 0 ? 0 : 1;
