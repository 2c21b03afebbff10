import { pause } from '../ask.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { startUnderTest } from '../gateway-under-test.ts';
import { counts, drain, startLoad } from '../load.ts';
import { judge } from '../oracle.ts';
import { seededRandom } from '../random.ts';
import { configure, type Site, withSite } from '../site.ts';

const SLOTS = 8;
const CLIENTS = 4;
/** A gateway lives between these spans before it is killed, in milliseconds. */
const LIVES_MS = { least: 100, most: 900 } as const;

/** `kill -9` at random moments, under load with two-hop routes and a schedule. */
export const kill: Campaign = {
  name: 'kill',
  about: 'kill -9 at random times under load with two-hop routes and a schedule',
  passes:
    'nothing acknowledged is lost, nothing is left running, no attempt overlaps, no downstream job is doubled, state is the fold of its patches',
  rounds: { short: 8, full: 1_000 },
  run: (options) => withSite('kill', (site) => attack(site, options)),
};

async function attack(site: Site, { rounds, seed, say }: CampaignOptions): Promise<CampaignResult> {
  const random = seededRandom(seed);
  configure(site, (work) => ({
    service: { concurrency: SLOTS },
    plugins: {
      first: work({
        config: { emits: 'hop.one', takes: 0.02 },
        concurrency: SLOTS,
        more: { schedules: { every: '1s' } },
      }),
      second: work({ config: { emits: 'hop.two', takes: 0.02 }, concurrency: SLOTS }),
      // One at a time, so that the count in its state must be right.
      third: work({ concurrency: 1 }),
    },
    routes: [
      { name: 'one', event_type: 'hop.one', to: 'second' },
      { name: 'two', event_type: 'hop.two', to: 'third' },
    ],
  }));
  const surprises: string[] = [];
  let inFlight = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const gateway = await startUnderTest(site.config);
    const load = startLoad(site, { clients: CLIENTS, instances: ['first'] });
    await pause(LIVES_MS.least + random() * (LIVES_MS.most - LIVES_MS.least));
    inFlight += (await counts(site.socket)).running;
    await gateway.kill('SIGKILL');
    surprises.push(...(await load.stop()));
    say(`killed ${round} of ${rounds}`);
  }
  const last = await startUnderTest(site.config);
  await drain(site.socket);
  await last.kill('SIGTERM');
  const { violations, duplicates, ...figures } = judge(site);
  const tooMany =
    duplicates > rounds * SLOTS ? [`${duplicates} duplicates for ${rounds} kills with ${SLOTS} slots`] : [];
  return {
    faults: rounds,
    figures: { ...figures, duplicates, 'in flight at a kill': inFlight },
    violations: [...surprises, ...violations, ...tooMany],
  };
}
