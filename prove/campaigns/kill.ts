import { FAULT_POINTS, type FaultPoint } from '../../src/platform/fault-point.ts';
import { pause } from '../ask.ts';
import { BrokenPromise } from '../broken-promise.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { openDesk } from '../desk.ts';
import { armed, launch, underTest } from '../gateway-under-test.ts';
import { type InFlight, inFlight, judgeKills } from '../in-flight.ts';
import { drain, startLoad } from '../load.ts';
import { judge } from '../oracle.ts';
import { seededRandom } from '../random.ts';
import { addPlugin, configure, type Site, withSite } from '../site.ts';

const SLOTS = 8;
const CLIENTS = 6;
const INSTANCES = ['first', 'first', 'first', 'flaky'] as const;
/** More than a gateway gets done in its life, so that there is always work; the rest is done at the end of a chunk. */
const MOST_WAITING = 400;
/**
 * Before all others, and never held up by a run that was killed: two kills make it a suspect, which waits until nothing else
 * runs. The next slot cancels it.
 */
const SCHEDULES = ['a', 'b', 'c'].map((id) => ({ id, every: '1s', jitter: '900ms', priority: 100, overlap: 'cancel' }));
/** A plugin that never reads its request. */
const DEAF_MANIFEST = 'name: deaf\nprotocol: 1\nentrypoint: run.sh\ncommands: [handle]\n';
const DEAF_PROGRAM = `#!/bin/sh
echo '{"protocol":1,"status":"ok"}'
`;
/** A gateway lives between these spans before it is killed at random, in milliseconds. */
const LIVES_MS = { least: 100, most: 1_200 } as const;
/** How long a gateway may take to come to its point, in milliseconds; then it is killed where it is. */
const COMES_MS = 2_000;
/** How often a point is passed, at the most, before the gateway kills itself there. */
const NTH = { often: 12, seldom: 4 } as const;
const OFTEN = /^(enqueue|commit)\./;
const ONCE = /^(recover|stop|slot|cancel)\./;

/** `kill -9` at random moments and at every fault point, under load with two-hop routes and schedules. */
export const kill: Campaign = {
  name: 'kill',
  about: `kill -9, half at random times and half at each of ${FAULT_POINTS.length} fault points in turn, under load with two-hop routes, schedules, retries and an operator who cancels and retries`,
  passes:
    'nothing acknowledged is lost, neither jobs nor orders; nothing is left running after a recovery; every attempt in progress at a kill is recorded as orphaned; no more duplicates than attempts were in progress at a kill; no attempt overlaps, no downstream job is doubled or missing, state is the fold of its patches; a job is given up as poison only when it ran alone',
  rounds: { short: 8, full: 1_000 },
  chunk: 50,
  whole: ({ figures }) => [
    ...FAULT_POINTS.filter((point) => !(Number(figures[atPoint(point)]) >= 20)).map(
      (point) => `fewer than 20 kills at ${point}: ${figures[atPoint(point)] ?? 0}`,
    ),
    ...(Number(figures.jobs) >= 20_000 ? [] : [`fewer than 20,000 jobs: ${figures.jobs}`]),
  ],
  run: (options) => withSite('kill', (site) => attack(site, options)),
};

function atPoint(point: FaultPoint): string {
  return `kills at ${point}`;
}

async function attack(site: Site, { rounds, seed, from, say }: CampaignOptions): Promise<CampaignResult> {
  const random = seededRandom(seed);
  describe(site, SCHEDULES);
  const violations: string[] = [];
  const kills: InFlight[] = [];
  const hits: Record<string, number> = {};
  let missed = 0;
  // A point that was not reached is tried again in the place of the next random kill.
  const again: FaultPoint[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const number = from + round;
    const point = number % 2 === 0 ? pointOf(number / 2) : (again.shift() ?? null);
    const { hit, surprises } = await oneLife(site, { point, random, left: kills.at(-1) ?? [] });
    violations.push(...surprises.map((text) => `round ${round}: ${text}`));
    if (point !== null && hit) hits[atPoint(point)] = (hits[atPoint(point)] ?? 0) + 1;
    if (point !== null && !hit) {
      missed += 1;
      again.push(point);
    }
    kills.push(inFlight(site));
    say(`killed ${round} of ${rounds}`);
  }
  await finish(site, kills.at(-1) ?? []);
  const ends = {
    cancelled: ['cancelled', 'succeeded'],
    ticking: ['cancelled', 'succeeded'],
    failing: ['failed', 'succeeded'],
  };
  const found = judge(site, { ends, retried: ['failing'], silent: ['deaf'] });
  const inProgress = new Set(kills.flat()).size;
  const tooMany =
    found.duplicates > inProgress ? [`${found.duplicates} duplicates, ${inProgress} in progress at a kill`] : [];
  const { violations: _, duplicates, orders, ...figures } = found;
  const atPoints = Object.values(hits).reduce((sum, count) => sum + count, 0);
  return {
    faults: rounds,
    figures: {
      ...figures,
      'acknowledged cancellations and retries': orders,
      'in progress at a kill': inProgress,
      duplicates,
      'kills at random times': rounds - atPoints,
      'of these, at a point that was not reached': missed,
      ...hits,
    },
    violations: [...violations, ...found.violations, ...judgeKills(site, kills), ...tooMany],
  };
}

/** `schedules` are those of the instance that nobody else gives work to. */
function describe(site: Site, schedules: object): void {
  addPlugin(site, { name: 'deaf', manifest: DEAF_MANIFEST, program: DEAF_PROGRAM });
  const all = { concurrency: SLOTS };
  configure(site, (work) => ({
    service: { concurrency: SLOTS },
    plugins: {
      first: work({
        config: { emits: 'hop.one', takes: 0.02 },
        concurrency: SLOTS,
      }),
      ticking: work({ config: { takes: 0.02 }, ...all, more: { schedules } }),
      second: work({ config: { emits: 'hop.two', takes: 0.02 }, ...all }),
      // One at a time, so that the count in its state must be right.
      third: work({ concurrency: 1 }),
      flaky: work({ config: { fails_first: 'unavailable' }, ...all, more: { retry: { base: '50ms' } } }),
      cancelled: work({ config: { takes: 0.3 }, concurrency: 2 }),
      deaf: { uses: 'deaf' },
      failing: work({ config: { fails_first: 'invalid_input' }, concurrency: 2 }),
    },
    routes: [
      { name: 'one', event_type: 'hop.one', to: 'second' },
      { name: 'two', event_type: 'hop.two', to: 'third' },
    ],
  }));
}

function pointOf(number: number): FaultPoint | null {
  return FAULT_POINTS[number % FAULT_POINTS.length] ?? null;
}

function nthOf(point: FaultPoint, draw: number): number {
  if (ONCE.test(point)) return 1;
  return 1 + Math.floor(draw * (OFTEN.test(point) ? NTH.often : NTH.seldom));
}

/** Starts a gateway and kills it, under load when it gets so far: at the point, else wherever it is. */
async function oneLife(
  site: Site,
  {
    point,
    random,
    left,
  }: { readonly point: FaultPoint | null; readonly random: () => number; readonly left: InFlight },
): Promise<{ readonly hit: boolean; readonly surprises: readonly string[] }> {
  const gateway = launch(site.config, point === null ? {} : armed(point, nthOf(point, random())));
  const livesMs = LIVES_MS.least + random() * (LIVES_MS.most - LIVES_MS.least);
  const surprises: string[] = [];
  let killed = false;
  if ((await gateway.ready) !== null) {
    checkRecovered(site, left);
    const load = startLoad(site, { clients: CLIENTS, instances: INSTANCES, mostWaiting: MOST_WAITING });
    const desk = openDesk(site, { cancels: 'cancelled', retries: 'failing', feeds: 'deaf', random });
    await Promise.race([gateway.ended, pause(point === null || point.startsWith('stop.') ? livesMs : COMES_MS)]);
    if (point?.startsWith('stop.') === true) {
      process.kill(gateway.pid, 'SIGTERM');
      await Promise.race([gateway.ended, pause(COMES_MS)]);
    }
    killed = signal(gateway.pid, 'SIGKILL');
    await gateway.ended;
    surprises.push(...(await load.stop()), ...(await desk.stop()));
  }
  const { code, signal: how, stderr } = await gateway.ended;
  if (how !== 'SIGKILL') surprises.push(`the gateway ended by itself, with code ${code} or ${how}: ${stderr}`);
  return { hit: point !== null && how === 'SIGKILL' && !killed, surprises };
}

/** A last gateway does what is left, and ends when it is told to. */
async function finish(site: Site, left: InFlight): Promise<void> {
  // A slot between the empty queue and the signal would leave its next hop waiting, rightly.
  describe(site, []);
  const launched = launch(site.config);
  const last = await underTest(launched);
  checkRecovered(site, left);
  await drain(site.socket).catch(async (error: unknown) => {
    const end = await Promise.race([launched.ended, pause(1_000)]);
    if (end === undefined) throw error;
    throw new BrokenPromise(`the gateway ended by itself, with code ${end.code} or ${end.signal}: ${end.stderr}`);
  });
  await last.kill('SIGTERM');
}

/** Of what was in progress when the gateway before was killed, nothing may seem to be in progress once the next is ready. */
function checkRecovered(site: Site, left: InFlight): void {
  const now = new Set(inFlight(site));
  const still = left.filter((text) => now.has(text));
  if (still.length > 0) throw new BrokenPromise(`still running after recovery: ${still.join(', ')}`);
}

/** Tells whether there was still somebody to signal. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
