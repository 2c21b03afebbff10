import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { controlOf, type PlantedBug } from '../planted/bug.ts';
import { BUGS } from '../planted/bugs.ts';
import { copyTree } from '../planted/copy-tree.ts';
import { type Report, runCopy } from '../planted/run-copy.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Bugs put into copies of the sources: the campaigns must find every one of them, and nothing in a copy without. */
export const planted: Campaign = {
  name: 'planted',
  about: `${BUGS.length} bugs, each put into a copy of the sources, one a round`,
  passes:
    'the campaign that is meant to find a bug does, and finds nothing of the kind, with the same rounds and seed, without it',
  rounds: { short: 3, full: BUGS.length },
  chunk: 1,
  run: plantAll,
};

async function plantAll({ rounds, from, say }: CampaignOptions): Promise<CampaignResult> {
  const chosen = BUGS.slice(from, from + rounds);
  const results: CampaignResult[] = [];
  for (const bug of chosen) {
    say(`${bug.name} (${controlOf(bug)})`);
    results.push(await plantOne(bug));
  }
  return {
    faults: results.reduce((sum, { faults }) => sum + faults, 0),
    figures: Object.assign({}, ...results.map(({ figures }) => figures)),
    violations: results.flatMap(({ violations }) => violations),
    skipped: results.flatMap(({ skipped = [] }) => skipped),
  };
}

/** Controls that have been run, by what they share. */
const controls = new Map<string, Promise<Report>>();

async function plantOne(bug: PlantedBug): Promise<CampaignResult> {
  const control = controls.get(controlOf(bug)) ?? runClean(bug);
  controls.set(controlOf(bug), control);
  const { passed, ...clean } = await control;
  if (clean.violations === undefined && clean.skipped !== undefined) {
    return { faults: 0, figures: {}, violations: [], skipped: [`${bug.name}: ${bug.campaign}: ${clean.skipped}`] };
  }
  // A bound on a time that fell to a busy machine is no finding of this kind.
  const { violations: found = [], brokeOff: broke = null } = clean;
  const alike = found.find((text) => bug.shows.test(text));
  if (!passed && (broke !== null || found.length === 0 || alike !== undefined)) {
    const why = broke ?? alike ?? 'no fault was injected';
    return { faults: 0, figures: {}, violations: [`${controlOf(bug)}, is red without a bug: ${why}`] };
  }
  const { violations = [], brokeOff } = await runIn(bug);
  const first = violations.find((text) => bug.shows.test(text));
  if (first === undefined) {
    const instead = violations[0] === undefined ? 'all was green' : `only: ${violations[0]}`;
    const why = brokeOff == null ? instead : `the campaign broke off: ${brokeOff.split('\n')[0]}`;
    return { faults: 1, figures: {}, violations: [`not found: ${bug.name} (${controlOf(bug)}): ${why}`] };
  }
  const told = first
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
    .replaceAll('|', '/')
    .slice(0, 140);
  return { faults: 1, figures: { [bug.name]: `found by ${controlOf(bug)}: ${told}` }, violations: [] };
}

/** The run without the bug; once more when it is red, since a bound on a time may fall to a busy machine. */
async function runClean(bug: PlantedBug): Promise<Report> {
  const clean = { ...bug, patches: [] };
  const first = await runIn(clean);
  return first.passed || first.violations === undefined ? first : runIn(clean);
}

async function runIn({ campaign, rounds, seed, patches }: PlantedBug): Promise<Report> {
  const { dir, remove } = copyTree(ROOT, patches);
  let child: ChildProcess | null = null as ChildProcess | null;
  const leave = (): void => {
    remove();
    process.exit(1);
  };
  // The campaign in the copy clears up after itself when it is told to end; on a terminal it has been told already.
  const onSignal = (): void => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) leave();
    else {
      child.once('exit', leave);
      child.kill('SIGTERM');
    }
  };
  process.prependOnceListener('SIGINT', onSignal).prependOnceListener('SIGTERM', onSignal);
  try {
    const onStart = (started: ChildProcess): void => {
      child = started;
    };
    return await runCopy(dir, { campaign, rounds, seed, onStart });
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    remove();
  }
}
