import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { ask, pause } from '../ask.ts';
import { BrokenPromise } from '../broken-promise.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import {
  type GatewayExit,
  type GatewayUnderTest,
  type Launched,
  launch,
  startUnderTest,
  underTest,
} from '../gateway-under-test.ts';
import { drain, startLoad } from '../load.ts';
import { judge } from '../oracle.ts';
import { seededRandom } from '../random.ts';
import { configure, effectsOf, type Site, withSite } from '../site.ts';

/** Within this time a start after a kill is ready, and a start beside a holder has ended, in milliseconds. */
const WITHIN_MS = 2_000;
/** Starts beside a holder that go on at one time: more would measure the machine. */
const AT_ONCE = 2;

const SLOWEST_START = 'slowest start after a kill';
const SLOWEST_REFUSAL = 'slowest refusal';
/** What the machine was good for, meanwhile: Node starting and ending without doing anything. */
const SLOWEST_NODE = 'slowest start of a bare Node beside it';

const BUSIEST = 'load average of the machine at most';

/** Several gateways on one state directory, of which the holder is killed or stopped, with stale lock files. */
export const gateways: Campaign = {
  name: 'gateways',
  about:
    'two and ten gateways on one state directory, the holder stopped with SIGSTOP and killed, stale, torn and missing lock files',
  passes:
    'never two active; after a kill the next is ready within 2 s; beside a stopped holder every other ends within 2 s naming its pid',
  rounds: { short: 2, full: 100 },
  chunk: 20,
  figures: { [BUSIEST]: 'max', [SLOWEST_START]: 'max', [SLOWEST_REFUSAL]: 'max', [SLOWEST_NODE]: 'max' },
  run: (options) => withSite('gateways', (site) => attack(site, options)),
};

async function attack(site: Site, { rounds, seed, say }: CampaignOptions): Promise<CampaignResult> {
  const random = seededRandom(seed);
  configure(site, (work) => ({
    service: { concurrency: 2 },
    plugins: { quick: work({ config: { takes: 0.01 }, concurrency: 2, more: { schedules: { every: '1s' } } }) },
  }));
  const violations: string[] = [];
  const holders: number[] = [];
  let busiest = 0;
  const figures = { kills: 0, stops: 0, refused: 0, slowestStartMs: 0, slowestRefusalMs: 0, slowestNodeMs: 0 };
  for (let round = 1; round <= rounds; round += 1) {
    const complain = (text: string): number => violations.push(`round ${round}: ${text}`);
    const many = round % 2 === 0 ? 10 : 2;
    const holder = await race(site, many, complain);
    holders.push(holder.pid);
    const load = startLoad(site, { clients: 2, instances: ['quick'] });
    await pause(random() * 200);
    process.kill(holder.pid, 'SIGSTOP');
    figures.stops += 1;
    for (const { pid, exit } of await startBeside(site, many - 1)) {
      figures.refused += 1;
      figures.slowestRefusalMs = Math.max(figures.slowestRefusalMs, exit.afterMs);
      if (exit.afterMs > WITHIN_MS) complain(`the start beside a holder took ${exit.afterMs.toFixed(0)} ms to end`);
      if (!refuses(exit, holder.pid)) complain(`process ${pid} ended with ${exit.code}: ${exit.stderr}`);
    }
    // Half of the holders go on before they are killed, the others are killed while they are stopped.
    if (random() < 0.5) {
      process.kill(holder.pid, 'SIGCONT');
      await ask(site.socket, { method: 'GET', path: '/healthz' });
    }
    await holder.kill('SIGKILL');
    figures.kills += 1;
    violations.push(...(await load.stop()));
    leaveStale(site, Math.floor(random() * 5));
    const [next, nodeMs] = await Promise.all([startUnderTest(site.config), startNode()]);
    busiest = Math.max(busiest, loadavg()[0] ?? 0);
    figures.slowestNodeMs = Math.max(figures.slowestNodeMs, nodeMs);
    holders.push(next.pid);
    figures.slowestStartMs = Math.max(figures.slowestStartMs, next.readyMs);
    if (next.readyMs > WITHIN_MS) complain(`the start after a kill took ${next.readyMs.toFixed(0)} ms`);
    if (round === rounds) await drain(site.socket);
    await next.kill(random() < 0.5 && round < rounds ? 'SIGKILL' : 'SIGTERM');
    say(`round ${round} of ${rounds}`);
  }
  const found = judge(site);
  return {
    faults: figures.kills + figures.stops,
    figures: {
      kills: figures.kills,
      'stopped holders': figures.stops,
      'starts beside a stopped holder': figures.refused,
      [SLOWEST_START]: `${figures.slowestStartMs.toFixed(0)} ms`,
      [SLOWEST_NODE]: `${figures.slowestNodeMs.toFixed(0)} ms`,
      [SLOWEST_REFUSAL]: `${figures.slowestRefusalMs.toFixed(0)} ms`,
      [BUSIEST]: Math.round(busiest * 10) / 10,
      jobs: found.jobs,
    },
    violations: [...violations, ...mixed(site, holders), ...found.violations],
  };
}

/** Starts many at one time; exactly one of them may become ready, and the others must end with code 1. */
async function race(site: Site, many: number, complain: (text: string) => number): Promise<GatewayUnderTest> {
  const launched = Array.from({ length: many }, () => launch(site.config));
  const ready: Launched[] = [];
  for (const one of launched) if ((await one.ready) !== null) ready.push(one);
  if (ready.length > 1) throw new BrokenPromise(`${ready.length} of ${many} gateways are active at one time`);
  for (const one of launched) {
    if (ready.includes(one)) continue;
    const { code, stderr } = await one.ended;
    if (code !== 1 || !stderr.includes('already_running')) complain(`a loser ended with ${code}: ${stderr}`);
  }
  const [holder] = ready;
  if (holder === undefined) throw new BrokenPromise('no gateway became ready');
  return underTest(holder);
}

/** Starts others beside the holder, a few at a time, and resolves to how they ended; one that does not is ended. */
async function startBeside(site: Site, many: number): Promise<readonly { pid: number; exit: GatewayExit }[]> {
  const ends: { pid: number; exit: GatewayExit }[] = [];
  while (ends.length < many) {
    const launched = Array.from({ length: Math.min(AT_ONCE, many - ends.length) }, () => launch(site.config));
    ends.push(...(await Promise.all(launched.map(async (one) => ({ pid: one.pid, exit: await endOf(one) })))));
  }
  return ends;
}

async function endOf(one: Launched): Promise<GatewayExit> {
  const timer = setTimeout(() => process.kill(one.pid, 'SIGKILL'), 3 * WITHIN_MS);
  const exit = await one.ended;
  clearTimeout(timer);
  return exit;
}

function refuses({ code, stderr }: GatewayExit, holder: number): boolean {
  return code === 1 && stderr.includes('already_running') && new RegExp(`\\b${holder}\\b`).test(stderr);
}

/** How long Node takes to start and end, in milliseconds. */
async function startNode(): Promise<number> {
  const from = performance.now();
  await once(spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' }), 'exit');
  return performance.now() - from;
}

/** What a crash, or somebody tidying up, may leave in place of the lock's files. */
function leaveStale({ stateDir }: Site, kind: number): void {
  const file = join(stateDir, 'lock.json');
  if (kind === 0) writeFileSync(file, `${JSON.stringify({ pid: process.pid, started_at: 0 })}\n`);
  if (kind === 1) writeFileSync(file, '{"pid":');
  if (kind === 2) rmSync(file, { force: true });
  if (kind === 3) rmSync(join(stateDir, 'lock.db'), { force: true });
  if (kind === 4) writeFileSync(join(stateDir, 'lock.db-journal'), 'left behind');
}

/** Only the gateways that were ready began attempts, each before the next: neither a loser nor one that came back. */
function mixed(site: Site, holders: readonly number[]): readonly string[] {
  let turn = 0;
  return effectsOf(site).flatMap(({ jobId, what, more: [, gateway] }) => {
    // Its gateway was killed before it had written its line: then init is its parent, and the next start ends it.
    if (what !== 'begin' || gateway === '1') return [];
    const found = holders.indexOf(Number(gateway), turn);
    if (found < 0) return [`process ${gateway} began ${jobId}, but it was process ${holders[turn]}'s turn`];
    turn = found;
    return [];
  });
}
