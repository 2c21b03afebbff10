import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pause } from '../ask.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { startUnderTest } from '../gateway-under-test.ts';
import { counts, drain, startLoad } from '../load.ts';
import { judge } from '../oracle.ts';
import { killAll, markedProcesses, processesNamed } from '../processes.ts';
import { seededRandom } from '../random.ts';
import { configure, type Site, withSite } from '../site.ts';

const SLOTS = 8;
const GRACE_MS = 500;
/** What a gateway may take beyond the grace, in milliseconds. */
const BEYOND_MS = 2_000;
const LIVES_MS = { least: 200, most: 800 } as const;

/** SIGTERM under load, with attempts that would outlast the grace. */
export const terminate: Campaign = {
  name: 'terminate',
  about:
    'SIGTERM at random times under load, with attempts that would outlast the grace and children that left their group',
  passes: 'exit 0 within the grace and 2 s, nothing lost, no attempt charged, no process left',
  rounds: { short: 5, full: 200 },
  chunk: 50,
  figures: { 'slowest stop': 'max' },
  whole: ({ figures }) =>
    Number(figures['attempts interrupted']) > 0 ? [] : ['no attempt outlasted the grace: nothing was put to the test'],
  run: (options) => withSite('terminate', (site) => attack(site, options)),
};

async function attack(site: Site, { rounds, seed, say }: CampaignOptions): Promise<CampaignResult> {
  const random = seededRandom(seed);
  describe(site, { takesFirst: 600 });
  const violations: string[] = [];
  let running = 0;
  let slowest = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const gateway = await startUnderTest(site.config);
    const load = startLoad(site, { clients: 4, instances: ['quick', 'quick', 'quick', 'quick', 'quick', 'slow'] });
    await pause(LIVES_MS.least + random() * (LIVES_MS.most - LIVES_MS.least));
    running += (await counts(site.socket)).running;
    const { code, tookMs, stderr } = await gateway.kill('SIGTERM');
    slowest = Math.max(slowest, tookMs);
    if (code !== 0) violations.push(`round ${round}: exit code ${code} ${stderr}`);
    if (tookMs > GRACE_MS + BEYOND_MS) violations.push(`round ${round}: took ${tookMs.toFixed(0)} ms to stop`);
    const left = [...new Set([...markedProcesses(site.stateDir), ...processesNamed(join(site.dir, 'plugins'))])];
    if (left.length > 0) violations.push(`round ${round}: processes ${left.join(', ')} are left`);
    killAll(left);
    violations.push(...(await load.stop()));
    say(`stopped ${round} of ${rounds}`);
  }
  // Those that have not begun yet would outlast everything.
  describe(site, { takesFirst: 0 });
  const last = await startUnderTest(site.config);
  await drain(site.socket);
  await last.kill('SIGTERM');
  const found = judge(site);
  const { violations: _, orders: __, ...figures } = found;
  return {
    faults: rounds,
    figures: {
      ...figures,
      'running at a signal': running,
      'attempts interrupted': interrupted(site),
      'slowest stop': `${slowest.toFixed(0)} ms`,
    },
    violations: [...violations, ...found.violations],
  };
}

function interrupted({ database: path }: Site): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare("SELECT count(*) AS n FROM attempts WHERE outcome = 'interrupted'").get()?.n);
  } finally {
    database.close();
  }
}

function describe(site: Site, { takesFirst }: { readonly takesFirst: number }): void {
  configure(site, (work) => ({
    service: { concurrency: SLOTS, shutdown_grace: `${GRACE_MS}ms` },
    plugins: {
      quick: work({ config: { takes: 0.02 }, concurrency: SLOTS }),
      // An attempt that is ended by the shutdown is not charged, so the second may be the job's only one.
      slow: work({
        config: { takes_first: takesFirst, strays: true },
        concurrency: 3,
        more: { retry: { max_attempts: 1 } },
      }),
    },
  }));
}
