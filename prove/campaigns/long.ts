import { spawn } from 'node:child_process';
import { pause, until } from '../ask.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { startUnderTest } from '../gateway-under-test.ts';
import { drain, submitOne } from '../load.ts';
import { LONG_KINDS, LONG_MANIFEST, LONG_PROGRAM } from '../long-plugin.ts';
import { judge } from '../oracle.ts';
import { commandLines, markedProcesses, startOf } from '../processes.ts';
import { seededRandom } from '../random.ts';
import { addPlugin, configure, effectsOf, type Site, withSite } from '../site.ts';

const SLOTS = 8;
/** How long eight plugins may take to be at work, in milliseconds. */
const AT_WORK_MS = 30_000;
/** What is deaf to TERM holds up the next start for the whole grace, so it is not in every round. */
const TRAPS_EVERY = 5;

/** `kill -9` and a restart with eight long plugins running, among them what only a record can find again. */
export const long: Campaign = {
  name: 'long',
  about:
    'kill -9 and a restart with 8 long plugins running: with a child, with one that left the group, deaf to TERM, and under an environment that they cleared',
  passes:
    'the old processes are gone before a requeued attempt starts, every job succeeds at its second attempt, and no process of anybody else is touched',
  rounds: { short: 3, full: 200 },
  chunk: 50,
  figures: { 'slowest restart': 'max' },
  run: (options) => withSite('long', (site) => attack(site, options)),
};

async function attack(site: Site, { rounds, seed, say }: CampaignOptions): Promise<CampaignResult> {
  const random = seededRandom(seed);
  addPlugin(site, { name: 'long', manifest: LONG_MANIFEST, program: LONG_PROGRAM });
  configure(site, () => ({
    service: { concurrency: SLOTS },
    plugins: { long: { uses: 'long', concurrency: SLOTS, config: { effects: site.effects } } },
  }));
  const violations: string[] = [];
  let old = 0;
  let unmarked = 0;
  let slowest = 0;
  const strangers = startStrangers(site);
  let gateway = await startUnderTest(site.config);
  for (let round = 1; round <= rounds; round += 1) {
    const kinds = LONG_KINDS.filter((kind) => kind !== 'traps_term' || round % TRAPS_EVERY === 2);
    const does = Array.from({ length: SLOTS }, () => kinds[Math.floor(random() * kinds.length)]);
    // Each round has jobs of its own: one that runs at two ends of the gateway would be a suspect, and run alone.
    const jobs = await Promise.all(does.map((one) => submitOne(site, { instance: 'long', payload: { does: one } })));
    await until('eight attempts are at work', AT_WORK_MS, () => (staying(jobs).size === SLOTS ? true : null));
    await pause(random() * 50);
    const left = atWork(site, jobs);
    old += left.size;
    unmarked += left.size - markedProcesses(site.stateDir).length;
    await gateway.kill('SIGKILL');
    gateway = await startUnderTest(site.config);
    slowest = Math.max(slowest, gateway.readyMs);
    const kept = [...left].filter(([pid, start]) => startOf(pid) === start).map(([pid]) => pid);
    if (kept.length > 0) violations.push(`round ${round}: the gateway is ready, but ${kept.join(', ')} still live`);
    await drain(site.socket);
    say(`restarted ${round} of ${rounds}`);
  }
  await gateway.kill('SIGTERM');
  if (unmarked === 0) violations.push('no process had cleared its environment at a kill');
  violations.push(...strangers.touched());
  strangers.end();
  const third = effectsOf(site).filter(({ what, attempt }) => what === 'begin' && attempt > 2).length;
  if (third > 0) violations.push(`${third} attempts beyond the second`);
  const found = judge(site);
  return {
    faults: rounds,
    figures: {
      jobs: found.jobs,
      attempts: found.attempts,
      'processes at a kill': old,
      'of them without a marker': unmarked,
      'slowest restart': `${slowest.toFixed(0)} ms`,
    },
    violations: [...violations, ...found.violations],
  };
}

/** The jobs of which a process stays that has its name. */
function staying(jobs: readonly string[]): ReadonlySet<string> {
  const lines = [...commandLines().values()];
  return new Set(jobs.filter((job) => lines.some((line) => line.includes(`stays.${job}`))));
}

/** Every process of these jobs, and when it started. */
function atWork(site: Site, jobs: readonly string[]): ReadonlyMap<number, string> {
  const named = [...commandLines()].filter(([, line]) => jobs.some((job) => line.includes(`stays.${job}`)));
  const all = new Set([...markedProcesses(site.stateDir), ...named.map(([pid]) => pid)]);
  return new Map([...all].flatMap((pid) => [[pid, startOf(pid) ?? '']] as const).filter(([, start]) => start !== ''));
}

/** Processes that no gateway of this campaign has to do with: without a marker, and with that of another one. */
function startStrangers({ dir }: Site): { touched(): readonly string[]; end(): void } {
  const environments = [{}, { DUCTILE_GATEWAY: 'another', DUCTILE_ATTEMPT: 'job.1' }];
  const children = environments.map((env) => {
    const loop = 'while :; do sleep 1; done';
    const child = spawn('/bin/sh', ['-c', loop, dir], { env: { PATH: process.env.PATH, ...env }, stdio: 'ignore' });
    return { child, marked: 'DUCTILE_GATEWAY' in env };
  });
  return {
    touched: () =>
      children
        .filter(({ child }) => child.exitCode !== null || child.signalCode !== null)
        .map(
          ({ marked }) => `a stranger ${marked ? 'with the marker of another gateway' : 'without a marker'} was ended`,
        ),
    end: () => {
      for (const { child } of children) child.kill('SIGKILL');
    },
  };
}
