import { parseArgs } from 'node:util';
import type { Campaign, CampaignResult, Size } from './campaign.ts';
import { floods } from './campaigns/floods.ts';
import { gateways } from './campaigns/gateways.ts';
import { grandchildren } from './campaigns/grandchildren.ts';
import { kill } from './campaigns/kill.ts';
import { long } from './campaigns/long.ts';
import { terminate } from './campaigns/terminate.ts';
import { writeProof } from './proof-page.ts';

// Runs the fault campaigns against real gateways: the short set, or one at full size with --only NAME --full, which also
// writes its section of docs/proof.md. A campaign that injects no fault, or leaves one violation, fails the run; so does
// one that is skipped at full size. --rounds N makes a run shorter or longer; then nothing is written.

const CAMPAIGNS: readonly Campaign[] = [kill, terminate, gateways, long, grandchildren, floods];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    full: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rounds: { type: 'string' },
  },
});
const chosen = CAMPAIGNS.filter(({ name, known }) =>
  values.only === undefined ? known === undefined : name === values.only,
);
const seed = Number(values.seed);
const rounds = values.rounds === undefined ? null : Number(values.rounds);
if (chosen.length === 0) refuse(`no campaign of that name; there are: ${CAMPAIGNS.map(({ name }) => name).join(', ')}`);
if (!Number.isInteger(seed)) refuse('--seed takes a whole number');
if (rounds !== null && !(Number.isInteger(rounds) && rounds > 0)) refuse('--rounds takes a whole number from 1');
const size: Size = values.full ? 'full' : 'short';
const failed: string[] = [];
for (const campaign of chosen) if (!(await runOne(campaign))) failed.push(campaign.name);
for (const { name, known } of CAMPAIGNS)
  if (known !== undefined && !chosen.some((one) => one.name === name)) console.log(`NOT RUN ${name}: ${known}`);
if (failed.length > 0) console.log(`not passed: ${failed.join(', ')} (again with --seed ${seed})`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function runOne(campaign: Campaign): Promise<boolean> {
  const lacking = lack(campaign);
  if (lacking !== null) {
    console.log(`SKIPPED ${campaign.name}: ${lacking}\n`);
    return size === 'short';
  }
  const many = rounds ?? campaign.rounds[size];
  console.log(`${campaign.name} (${size}, ${many} rounds, seed ${seed}): ${campaign.about}`);
  const startedAt = performance.now();
  const result = await campaign.run({ rounds: many, seed, say }).catch(brokeOff);
  const seconds = (performance.now() - startedAt) / 1_000;
  const passed = result.faults > 0 && result.violations.length === 0;
  show(result);
  console.log(`${passed ? 'PASS' : 'FAIL'} ${campaign.name} in ${seconds.toFixed(1)} s\n`);
  if (size === 'full' && rounds === null) writeProof({ campaign, rounds: many, seed, seconds, passed, result });
  return passed;
}

/** Why a campaign cannot run here; all of them look at processes through /proc. */
function lack({ lacks }: Campaign): string | null {
  return process.platform === 'linux' ? (lacks?.() ?? null) : 'it needs /proc';
}

function show({ faults, figures, violations }: CampaignResult): void {
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
  console.log(`  faults injected: ${faults}`);
  for (const [what, figure] of Object.entries(figures)) console.log(`  ${what}: ${figure}`);
  for (const violation of violations.slice(0, 20)) console.log(`  VIOLATION ${violation}`);
  if (violations.length > 20) console.log(`  … and ${violations.length - 20} more`);
}

function say(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K  ${text}`);
}

/** A campaign that breaks off has not passed, and the others still run. */
function brokeOff(error: unknown): CampaignResult {
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { faults: 0, figures: {}, violations: [`the campaign broke off: ${why}`] };
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
