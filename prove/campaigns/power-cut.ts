import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { startUnderTest } from '../gateway-under-test.ts';
import { drain } from '../load.ts';
import { judge } from '../oracle.ts';
import { checkCut, layOut } from '../power-cut/check-cut.ts';
import { compileShim, lacksCompiler } from '../power-cut/compile-shim.ts';
import { type Cut, cutRecording } from '../power-cut/cut-recording.ts';
import { recordLives } from '../power-cut/record-lives.ts';
import type { Step } from '../power-cut/recording.ts';
import { seededRandom } from '../random.ts';
import { configure, type Site, withSite } from '../site.ts';

const KEPT = fileURLToPath(new URL('../../.prove/', import.meta.url));
/** Of so many cuts, a gateway goes on from one. */
const RESUMED_EVERY = 100;
/** Cuts of the recording with the planted fault: a share of the others, and at least so many. */
const PLANTED = { share: 0.05, least: 40 } as const;
const INSTANCES = ['first', 'second', 'third', 'alone'] as const;

/** Power cuts, rebuilt from what a gateway wrote and synced. */
export const powerCut: Campaign = {
  name: 'power-cut',
  about:
    'a gateway under load is recorded write by write, and the disk rebuilt as a power cut may leave it: what was not synced is dropped, reordered or torn',
  passes:
    'nothing acknowledged is lost, the database is whole, every event has its jobs, state is the fold of its patches; with the sync of acknowledged commits taken away, cuts do lose some',
  rounds: { short: 60, full: 2_000 },
  chunk: 200,
  figures: {
    'longest recording in MiB': 'max',
    'most acknowledged before a cut': 'max',
    'slowest check in ms': 'max',
  },
  lacks: lacksCompiler,
  run: (options) => withSite('power-cut', (site) => attack(site, options)),
};

async function attack(site: Site, { rounds, seed, say }: CampaignOptions): Promise<CampaignResult> {
  const random = seededRandom(seed);
  const shim = compileShim(site.dir);
  say('recording');
  setUp(site, { schedules: { every: '1s' } });
  const recording = await recordLives({ site, shim, random, normal: false });
  const cuts = await cutAll({ site, steps: recording.steps, many: rounds, seed, resumes: true, say });
  const violations = [...recording.surprises, ...cuts.lossy, ...cuts.violations];
  if (violations.length > 0) violations.push(`the recording is kept: ${keep(recording.log, seed)}`);

  say('recording with the planted fault');
  setUp(site, { schedules: { every: '1s' } });
  const planted = await recordLives({ site, shim, random, normal: true });
  const many = Math.max(PLANTED.least, Math.round(rounds * PLANTED.share));
  const plantedCuts = await cutAll({ site, steps: planted.steps, many, seed, resumes: false, say });
  const blind = plantedCuts.lost === 0 ? ['no loss was seen although acknowledged commits were not synced'] : [];
  return {
    faults: cuts.figures['cuts that changed the disk'],
    figures: {
      ...cuts.figures,
      ...figuresOf(recording.steps, basename(site.database)),
      'longest recording in MiB': Math.ceil(recording.bytes / 1_048_576),
      'planted NORMAL: cuts': many,
      'planted NORMAL: cuts that lost something': plantedCuts.lossy.length,
      'planted NORMAL: lost, in all cuts': plantedCuts.lost,
    },
    violations: [...violations, ...planted.surprises, ...plantedCuts.violations, ...blind],
  };
}

function setUp(site: Site, first: { readonly schedules?: object }): void {
  configure(site, (work) => ({
    service: { concurrency: 8 },
    plugins: {
      first: work({ config: { emits: 'hop.one' }, concurrency: 8, more: first }),
      second: work({ config: { emits: 'hop.two' }, concurrency: 8 }),
      // One at a time, so that the count in its state must be right.
      third: work({ concurrency: 1 }),
      alone: work({ concurrency: 8 }),
    },
    routes: [
      { name: 'one', event_type: 'hop.one', to: 'second' },
      { name: 'two', event_type: 'hop.two', to: 'third' },
    ],
  }));
}

async function cutAll({
  site,
  steps,
  many,
  seed,
  resumes,
  say,
}: {
  readonly site: Site;
  readonly steps: readonly Step[];
  readonly many: number;
  readonly seed: number;
  /** Whether a gateway goes on from some of the cuts. */
  readonly resumes: boolean;
  readonly say: (text: string) => void;
}) {
  const dir = join(site.dir, 'cut');
  /** Of each cut that lost something acknowledged, how much. */
  const lossy: string[] = [];
  const violations: string[] = [];
  const figures = {
    cuts: 0,
    'cuts that changed the disk': 0,
    'sectors dropped': 0,
    'sectors kept though written after a dropped one': 0,
    'sectors torn': 0,
    'file sizes set back': 0,
    'changes of the directory lost': 0,
    'most acknowledged before a cut': 0,
    'slowest check in ms': 0,
    'gateways that went on from a cut': 0,
  };
  let lost = 0;
  for (const cut of cutRecording({ steps, many, seed, database: basename(site.database) })) {
    const from = performance.now();
    layOut(dir, cut.files);
    const found = checkCut(join(dir, basename(site.database)), cut.acknowledged, site);
    const tookMs = performance.now() - from;
    const where = `cut at step ${cut.position} of ${steps.length}, seed ${cut.seed}`;
    violations.push(...found.corrupt.map((what) => `${where}: ${what}`));
    const [first] = found.lost;
    if (first !== undefined) lossy.push(`${where}: ${found.lost.length} of ${cut.acknowledged.length} gone, ${first}`);
    lost += found.lost.length;
    if (resumes && figures.cuts % RESUMED_EVERY === RESUMED_EVERY / 4) {
      violations.push(...(await resume(site, cut)).map((what) => `${where}: gone on: ${what}`));
      figures['gateways that went on from a cut'] += 1;
    }
    const { dropped, reordered, torn, sizes, names } = cut.counts;
    figures.cuts += 1;
    figures['cuts that changed the disk'] += dropped + sizes + names > 0 ? 1 : 0;
    figures['sectors dropped'] += dropped;
    figures['sectors kept though written after a dropped one'] += reordered;
    figures['sectors torn'] += torn;
    figures['file sizes set back'] += sizes;
    figures['changes of the directory lost'] += names;
    figures['most acknowledged before a cut'] = Math.max(
      figures['most acknowledged before a cut'],
      cut.acknowledged.length,
    );
    figures['slowest check in ms'] = Math.max(figures['slowest check in ms'], Math.round(tookMs));
    say(`cut ${figures.cuts} of ${many}`);
  }
  return { lossy, lost, violations, figures };
}

/** Lets a gateway go on from what a cut left, until its queue is empty. */
async function resume(site: Site, { files, acknowledged }: Cut): Promise<readonly string[]> {
  // Without its schedule, which would go on behind an empty queue.
  setUp(site, {});
  layOut(site.stateDir, files);
  writeFileSync(site.acknowledgements, acknowledged.map((jobId) => `${jobId}\n`).join(''));
  // The effects of before are not those of what the database now remembers.
  writeFileSync(site.effects, '');
  const gateway = await startUnderTest(site.config);
  await drain(site.socket);
  await gateway.kill('SIGTERM');
  return judge(site, { silent: INSTANCES }).violations;
}

function figuresOf(steps: readonly Step[], database: string) {
  const count = (matches: (step: Step) => boolean): number => steps.filter(matches).length;
  return {
    'writes recorded': count(({ kind }) => kind === 'written'),
    'syncs recorded': count(({ kind }) => kind === 'synced'),
    'checkpoints recorded': count((step) => step.kind === 'synced' && step.name === database),
    'acknowledgements recorded': count(({ kind }) => kind === 'acknowledged'),
  };
}

/** Puts a recording where it outlives the campaign; returns its path. */
function keep(log: string, seed: number): string {
  const path = join(KEPT, `power-cut-${seed}.recording`);
  mkdirSync(KEPT, { recursive: true });
  copyFileSync(log, path);
  return path;
}
