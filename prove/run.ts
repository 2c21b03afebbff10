import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Campaign } from './campaign.ts';
import { floods } from './campaigns/floods.ts';
import { gateways } from './campaigns/gateways.ts';
import { grandchildren } from './campaigns/grandchildren.ts';
import { kill } from './campaigns/kill.ts';
import { long } from './campaigns/long.ts';
import { planted } from './campaigns/planted.ts';
import { powerCut } from './campaigns/power-cut.ts';
import { reload } from './campaigns/reload.ts';
import { simulation } from './campaigns/simulation.ts';
import { storage } from './campaigns/storage.ts';
import { terminate } from './campaigns/terminate.ts';
import { webhooks } from './campaigns/webhooks.ts';
import { type Options, readOptions, usage } from './options.ts';
import { digestOf, newProgress, type ProgressFile, progressFile } from './progress.ts';
import { writeProof } from './proof-page.ts';
import { type CampaignRun, hasPassed, runCampaign, withWhole } from './run-campaign.ts';

// Runs the fault campaigns against real gateways: the short set, or one at full size, which also writes its section of
// docs/proof.md. A campaign that injects no fault, or leaves one violation, fails the run; so does one that is skipped, or
// skips a part, at full size. A full run keeps its progress after every chunk.

const CAMPAIGNS: readonly Campaign[] = [
  kill,
  terminate,
  gateways,
  long,
  grandchildren,
  floods,
  powerCut,
  planted,
  storage,
  reload,
  webhooks,
  simulation,
];
const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What a full run attacks, and with what. */
const CODE = ['src', 'prove'] as const;
/** How long a campaign that was ended may take to clear up, in milliseconds. */
const CLEARED_MS = 5_000;

const { chosen, size, resume, seed, rounds, from, report: reportFile } = options();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, endEarly);
const failed: string[] = [];
const skipped: string[] = [];
for (const campaign of chosen) if (!(await runOne(campaign))) failed.push(campaign.name);
for (const { name, known } of CAMPAIGNS)
  if (known !== undefined && !chosen.some((one) => one.name === name)) console.log(`NOT RUN ${name}: ${known}`);
for (const line of skipped) console.log(line);
if (failed.length > 0) console.log(`not passed: ${failed.join(', ')} (again with --seed ${seed})`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function runOne(campaign: Campaign): Promise<boolean> {
  const lacking = lack(campaign);
  if (lacking !== null) {
    console.log(`${campaign.name} cannot run here\n`);
    skipped.push(`SKIPPED ${campaign.name}: ${lacking}`);
    report(campaign, { passed: false, skipped: [lacking] });
    return size === 'short';
  }
  const kept = size === 'full' && rounds === null ? progressFile(join(ROOT, '.prove'), campaign.name) : null;
  const begun = beginning(campaign, kept);
  const far = begun.rounds === 0 ? '' : `, from round ${begun.rounds + 1} on`;
  console.log(`${campaign.name} (${size}, ${begun.of} rounds${far}, seed ${begun.seed}): ${campaign.about}`);
  const ran = await runCampaign(campaign, begun, { from, say, keep: (progress) => kept?.keep(progress) });
  kept?.drop();
  const run = kept === null ? ran : withWhole(campaign, ran);
  const passed = hasPassed(run, size);
  show(run);
  console.log(`${passed ? 'PASS' : 'FAIL'} ${campaign.name} in ${run.seconds.toFixed(1)} s\n`);
  for (const part of run.result.skipped) skipped.push(`SKIPPED ${campaign.name}: ${part}`);
  if (kept !== null) writeProof({ campaign, run, passed });
  report(campaign, { passed, brokeOff: run.brokeOff, ...run.result });
  return passed;
}

/** A run from its first round, or one that was ended. */
function beginning({ name, rounds: many }: Campaign, kept: ProgressFile | null) {
  const code = kept === null ? '' : digestOf(ROOT, CODE);
  if (resume && kept !== null) {
    try {
      const progress = kept.read(code);
      if (progress !== null) return { ...progress, resumed: progress.resumed + 1 };
      console.log(`nothing is kept of ${name}; it runs from the beginning`);
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error));
    }
  }
  kept?.drop();
  return newProgress({ campaign: name, seed, of: rounds ?? many[size], code });
}

/** Why a campaign cannot run here; all of them look at processes through /proc. */
function lack({ lacks }: Campaign): string | null {
  return process.platform === 'linux' ? (lacks?.() ?? null) : 'it needs /proc';
}

function show({ brokeOff, result: { faults, figures, violations } }: CampaignRun): void {
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
  console.log(`  faults injected: ${faults}`);
  for (const [what, figure] of Object.entries(figures)) console.log(`  ${what}: ${figure}`);
  for (const violation of violations.slice(0, 20)) console.log(`  VIOLATION ${violation}`);
  if (violations.length > 20) console.log(`  … and ${violations.length - 20} more`);
  if (brokeOff !== null) console.log(`  BROKE OFF ${brokeOff}`);
}

function say(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K  ${text}`);
}

function report({ name }: Campaign, found: object): void {
  if (reportFile !== null) appendFileSync(reportFile, `${JSON.stringify({ campaign: name, ...found })}\n`);
}

/** The campaign that runs clears up by itself; this only ends what does not, and says how to go on. */
function endEarly(): void {
  if (size === 'full') console.log('\nended; --resume goes on after the last whole chunk');
  setTimeout(() => process.exit(1), CLEARED_MS);
}

function options(): Options {
  try {
    const read = readOptions(process.argv.slice(2), CAMPAIGNS);
    if (read !== null) return read;
  } catch (error) {
    refuse(
      `${error instanceof Error ? error.message : String(error)}\n(\`npm run prove -- --help\` lists the options)`,
    );
  }
  console.log(usage(CAMPAIGNS));
  process.exit(0);
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
