import { spawnSync } from 'node:child_process';
import { ask } from '../ask.ts';
import { BrokenPromise } from '../broken-promise.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { startUnderTest } from '../gateway-under-test.ts';
import { drain } from '../load.ts';
import { judge } from '../oracle.ts';
import { killAll, startOf } from '../processes.ts';
import { type Site, withSite } from '../site.ts';
import {
  begin,
  type Cell,
  endOf,
  escapes,
  GRACE_MS,
  otherEnds,
  prepareStrays,
  type Survivor,
  saidOf,
  survivors,
  TIMEOUT_MS,
} from '../stray-cells.ts';
import { endsLeaders, TIERS, whyNot } from '../tiers.ts';

/** A slot is free so long after the end of a plugin that exits 0, in milliseconds. */
const FREE_MS = 1_000;
/** A slot is free so long after the plugin was asked to end: TERM, 5 s, KILL, in milliseconds. */
const ENDED_MS = 6_000;
/** Nothing is left so long after the end, in milliseconds. */
const GONE_MS = 10_000;

const MISSING = TIERS.map((tier) => ({ tier, why: whyNot(tier) }));
const USABLE = MISSING.filter(({ why }) => why === null).map(({ tier }) => tier);
const NAMES = USABLE.flatMap((tier) => [
  ...['exits', 'times_out', 'cancelled', 'shut_down'].map((ending) => `${tier}: slowest slot, ${ending}`),
  `${tier}: slowest to be gone`,
  `${tier}: gone without a new gateway`,
]);

/** Children in the background, in a session of their own, and so on, for every tier and way in which an attempt ends. */
export const grandchildren: Campaign = {
  name: 'grandchildren',
  about:
    'in each tier: a child in the background, setsid, double fork, TERM ignored, holding the pipes, closing all, clearing its environment × exit 0, timeout, cancel, shutdown, gateway killed',
  passes:
    'slot free within 1 s of exit 0, else within the timeout and 6 s; 10 s later 0 survivors in pidns and bwrap (when the gateway was killed: without a new one), and in group (with a new one) but for a process that left its session and cleared its environment',
  rounds: { short: 1, full: 10 },
  chunk: 5,
  figures: Object.fromEntries(NAMES.map((name) => [name, 'max' as const])),
  lacks: () => {
    const tools = ['setsid', 'env', 'date'].filter((tool) => spawnSync('which', [tool]).status !== 0);
    return tools.length === 0 ? null : `it needs ${tools.join(', ')}`;
  },
  run: (options) => withSite('grandchildren', (site) => attack(site, options)),
};

async function attack(site: Site, { rounds, say }: CampaignOptions): Promise<CampaignResult> {
  prepareStrays(site, USABLE);
  const tally = new Tally();
  for (let round = 1; round <= rounds; round += 1) {
    await endWhileUp(site, tally);
    say(`round ${round}: exit, timeout, cancel, shutdown`);
    await endByKill(site, tally);
    say(`round ${round}: killed`);
  }
  const found = judge(site, { ends: otherEnds(USABLE) });
  return {
    faults: tally.faults,
    figures: { ...tally.figures(), jobs: found.jobs },
    violations: [...tally.violations, ...found.violations],
    skipped: MISSING.flatMap(({ tier, why }) => (why === null ? [] : [`tier ${tier}: ${why}`])),
  };
}

/** Exit 0, timeout and cancel under one gateway, and then its shutdown. */
async function endWhileUp(site: Site, tally: Tally): Promise<void> {
  const gateway = await startUnderTest(site.config);
  const exits = await begin(site, 'exits', USABLE);
  await drain(site.socket);
  for (const cell of exits) tally.slot(cell, endOf(site, cell).endedAt - Number(saidOf(site, cell, 'end')[0]), FREE_MS);
  const goneAfterExit = tally.gone(exits);

  const [timesOut, cancelled] = await Promise.all([begin(site, 'times_out', USABLE), begin(site, 'cancelled', USABLE)]);
  const askedAt = Date.now();
  // The answer comes when the job has ended.
  const answers = await Promise.all(
    cancelled.map(({ jobId }) => ask(site.socket, { method: 'POST', path: `/api/v1/jobs/${jobId}/cancel` })),
  );
  for (const { status } of answers) {
    if (status !== 200) throw new BrokenPromise(`an attempt is left: cancel answered ${status}`);
  }
  await drain(site.socket);
  for (const cell of timesOut) tally.slot(cell, endOf(site, cell).tookMs, TIMEOUT_MS + ENDED_MS);
  for (const cell of cancelled) tally.slot(cell, endOf(site, cell).endedAt - askedAt, ENDED_MS);
  await Promise.all([goneAfterExit, tally.gone(timesOut), tally.gone(cancelled)]);

  const shutDown = await begin(site, 'shut_down', USABLE);
  const signalledAt = Date.now();
  await gateway.kill('SIGTERM');
  for (const cell of shutDown) tally.slot(cell, endOf(site, cell).endedAt - signalledAt, GRACE_MS + ENDED_MS);
  await tally.gone(shutDown);
}

/** `kill -9`: the kernel ends namespaces, and leaders of groups; the rest of a group goes when the next gateway starts. */
async function endByKill(site: Site, tally: Tally): Promise<void> {
  const gateway = await startUnderTest(site.config);
  const killed = await begin(site, 'killed', USABLE);
  const inGroup = killed.filter(({ tier }) => tier === 'group');
  const leaders = inGroup.map((cell) => ({ cell, pid: Number(saidOf(site, cell, 'begin')[0]) }));
  const starts = new Map(leaders.map(({ pid }) => [pid, startOf(pid)]));
  await gateway.kill('SIGKILL');
  await tally.gone(
    killed.filter(({ tier }) => tier !== 'group'),
    'gone without a new gateway',
  );
  const left = leaders.filter(({ pid }) => starts.get(pid) !== null && startOf(pid) === starts.get(pid));
  if (endsLeaders()) tally.leadersLeft(left.map(({ cell }) => cell));
  const next = await startUnderTest(site.config);
  for (const cell of killed) tally.slot(cell, next.readyMs, ENDED_MS);
  await tally.gone(inGroup);
  await drain(site.socket);
  await next.kill('SIGTERM');
}

/** What was seen so far. */
class Tally {
  readonly violations: string[] = [];
  faults = 0;
  readonly #slowest = new Map<string, number>();
  #escaped = 0;
  #survived = 0;

  /** The slot of a cell was free so long after its end began. */
  slot(cell: Cell, ms: number, most: number): void {
    if (cell.ending !== 'killed') this.#note(`${cell.tier}: slowest slot, ${cell.ending}`, ms);
    if (!(ms <= most)) this.violations.push(`${nameOf(cell)}: the slot was free after ${ms.toFixed(0)} ms`);
  }

  /** Waits until what must go is gone, and kills what is left. */
  async gone(cells: readonly Cell[], what = 'slowest to be gone'): Promise<void> {
    this.faults += cells.length;
    await Promise.all(
      USABLE.map(async (tier) => {
        const here = cells.filter((cell) => cell.tier === tier);
        if (here.length === 0) return;
        const { left, goneMs } = await survivors(here, GONE_MS);
        this.#note(`${tier}: ${what}`, goneMs);
        for (const cell of left) this.#left(cell);
      }),
    );
  }

  leadersLeft(cells: readonly Cell[]): void {
    for (const cell of cells) this.violations.push(`${nameOf(cell)}: the leader outlived the gateway`);
  }

  figures(): Readonly<Record<string, number | string>> {
    return {
      ...Object.fromEntries([...this.#slowest].map(([what, ms]) => [what, `${ms.toFixed(0)} ms`])),
      survivors: this.#survived,
      'group: left the session and cleared the environment (documented)': this.#escaped,
    };
  }

  #left(cell: Survivor): void {
    killAll(cell.pids);
    if (escapes(cell)) {
      this.#escaped += 1;
      return;
    }
    this.#survived += 1;
    this.violations.push(`${nameOf(cell)}: process ${cell.pids.join(', ')} is left`);
  }

  #note(what: string, ms: number): void {
    this.#slowest.set(what, Math.max(this.#slowest.get(what) ?? 0, ms));
  }
}

function nameOf({ tier, does, ending }: Cell): string {
  return `${tier}, ${does}, ${ending}`;
}
