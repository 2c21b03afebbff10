import { pause, until } from '../ask.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { startUnderTest } from '../gateway-under-test.ts';
import { drain, submitOne } from '../load.ts';
import { judge } from '../oracle.ts';
import { markedProcesses } from '../processes.ts';
import { seededRandom } from '../random.ts';
import { configure, effectsOf, type Site, withSite } from '../site.ts';

const SLOTS = 8;
/** How long eight plugins may take to be at work, or an old process to be gone, in milliseconds. */
const AT_WORK_MS = 30_000;

/** `kill -9` and a restart with eight long plugins running, half of them with a child in a session of its own. */
export const long: Campaign = {
  name: 'long',
  about:
    'kill -9 and a restart with 8 long plugins running, each with a child, half of them with one that left the group',
  passes: 'the old processes are gone before a requeued attempt starts, and every job succeeds at its second attempt',
  rounds: { short: 5, full: 200 },
  run: (options) => withSite('long', (site) => attack(site, options)),
};

async function attack(site: Site, { rounds, seed, say }: CampaignOptions): Promise<CampaignResult> {
  const random = seededRandom(seed);
  configure(site, (work) => ({
    service: { concurrency: SLOTS },
    plugins: {
      plain: work({ config: { takes_first: 600 }, concurrency: SLOTS }),
      straying: work({ config: { takes_first: 600, strays: true }, concurrency: SLOTS }),
    },
  }));
  const violations: string[] = [];
  let old = 0;
  let slowest = 0;
  let gateway = await startUnderTest(site.config);
  for (let round = 1; round <= rounds; round += 1) {
    const before = effectsOf(site).length;
    for (let slot = 0; slot < SLOTS; slot += 1) {
      await submitOne(site, { instance: slot % 2 === 0 ? 'plain' : 'straying' });
    }
    await until('eight attempts begin', AT_WORK_MS, () => (effectsOf(site).length >= before + SLOTS ? true : null));
    await pause(random() * 50);
    await gateway.kill('SIGKILL');
    const left = markedProcesses(site.stateDir);
    old += left.length;
    if (left.length < SLOTS) violations.push(`round ${round}: only ${left.length} processes ran at the kill`);
    gateway = await startUnderTest(site.config);
    slowest = Math.max(slowest, gateway.readyMs);
    const still = new Set(markedProcesses(site.stateDir));
    const kept = left.filter((pid) => still.has(pid));
    if (kept.length > 0) violations.push(`round ${round}: the gateway is ready, but ${kept.join(', ')} still live`);
    await drain(site.socket);
    say(`restarted ${round} of ${rounds}`);
  }
  await gateway.kill('SIGTERM');
  const begun = effectsOf(site).filter(({ what }) => what === 'begin');
  const third = begun.filter(({ attempt }) => attempt > 2).length;
  if (third > 0) violations.push(`${third} attempts beyond the second`);
  const found = judge(site);
  return {
    faults: rounds,
    figures: {
      jobs: found.jobs,
      attempts: found.attempts,
      'processes at a kill': old,
      'slowest restart': `${slowest.toFixed(0)} ms`,
    },
    violations: [...violations, ...found.violations],
  };
}
