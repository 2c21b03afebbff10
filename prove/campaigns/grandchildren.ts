import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ask, pause, until } from '../ask.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { startUnderTest } from '../gateway-under-test.ts';
import { drain, submitOne } from '../load.ts';
import { judge } from '../oracle.ts';
import { killAll, processesNamed } from '../processes.ts';
import { addPlugin, configure, effectsOf, type Site, withSite } from '../site.ts';
import { CHILD_PROGRAM, CLEARS_ENVIRONMENT, STRAY_MANIFEST, STRAY_PROGRAM, STRAYS } from '../stray-plugin.ts';

const TIMEOUT_MS = 2_000;
const GRACE_MS = 500;
/** A slot is free so long after the end of a plugin that exits 0, in milliseconds. */
const FREE_MS = 1_000;
/** A slot is free so long after the plugin was asked to end: TERM, 5 s, KILL, in milliseconds. */
const ENDED_MS = 6_000;
/** Nothing is left so long after the end, in milliseconds. */
const GONE_MS = 10_000;
const KINDS = [...STRAYS, CLEARS_ENVIRONMENT];

/** How an attempt ends, which is also the name of the instance that ends so. */
type Ending = 'exits' | 'times_out' | 'cancelled' | 'shut_down' | 'killed';

/** A job with a child left behind. */
interface Cell {
  readonly jobId: string;
  readonly does: string;
}

/** Children in the background, in a session of their own, and so on, for every way in which an attempt can end. */
export const grandchildren: Campaign = {
  name: 'grandchildren',
  about:
    'tier group: a child in the background, setsid, double fork, TERM ignored, holding the pipes, closing all × exit 0, timeout, cancel, shutdown, gateway killed',
  passes:
    'slot free within 1 s of exit 0, else within the timeout and 6 s; 0 survivors 10 s later but for a process that clears its environment',
  rounds: { short: 1, full: 10 },
  lacks: () => {
    const missing = ['setsid', 'env', 'date'].filter((tool) => spawnSync('which', [tool]).status !== 0);
    return missing.length === 0 ? null : `it needs ${missing.join(', ')}`;
  },
  run: (options) => withSite('grandchildren', (site) => attack(site, options)),
};

async function attack(site: Site, { rounds, say }: CampaignOptions): Promise<CampaignResult> {
  prepare(site);
  const tally = { faults: 0, slowest: {} as Record<string, number>, escaped: 0, violations: [] as string[] };
  const late = (ending: Ending, { does }: Cell, ms: number, most: number): void => {
    tally.slowest[ending] = Math.max(tally.slowest[ending] ?? 0, ms);
    if (!(ms <= most)) tally.violations.push(`${does}, ${ending}: the slot was free after ${ms.toFixed(0)} ms`);
  };
  const gone = async (ending: Ending, cells: readonly Cell[]): Promise<void> => {
    tally.faults += cells.length;
    for (const { does, pids } of await survivors(cells)) {
      if (does === CLEARS_ENVIRONMENT) tally.escaped += 1;
      else tally.violations.push(`${does}, ${ending}: process ${pids.join(', ')} is left`);
      killAll(pids);
    }
  };
  for (let round = 1; round <= rounds; round += 1) {
    const first = await startUnderTest(site.config);
    const [exits, timesOut, cancelled] = await Promise.all([
      begin(site, 'exits'),
      begin(site, 'times_out'),
      begin(site, 'cancelled'),
    ]);
    const askedAt = Date.now();
    for (const { jobId } of cancelled) {
      const { status } = await ask(site.socket, { method: 'POST', path: `/api/v1/jobs/${jobId}/cancel` });
      if (status !== 200) throw new Error(`cancel answered ${status}`);
    }
    await drain(site.socket);
    for (const cell of exits) late('exits', cell, endOf(site, cell).endedAt - exitOf(site, cell), FREE_MS);
    for (const cell of timesOut) late('times_out', cell, endOf(site, cell).tookMs, TIMEOUT_MS + ENDED_MS);
    for (const cell of cancelled) late('cancelled', cell, endOf(site, cell).endedAt - askedAt, ENDED_MS);
    await Promise.all([gone('exits', exits), gone('times_out', timesOut), gone('cancelled', cancelled)]);
    say(`round ${round}: exit, timeout, cancel`);

    const shutDown = await begin(site, 'shut_down');
    const signalledAt = Date.now();
    await first.kill('SIGTERM');
    for (const cell of shutDown) late('shut_down', cell, endOf(site, cell).endedAt - signalledAt, GRACE_MS + ENDED_MS);
    await gone('shut_down', shutDown);
    say(`round ${round}: shutdown`);

    const second = await startUnderTest(site.config);
    const killed = await begin(site, 'killed');
    await second.kill('SIGKILL');
    const third = await startUnderTest(site.config);
    for (const cell of killed) late('killed', cell, third.readyMs, ENDED_MS);
    await gone('killed', killed);
    await drain(site.socket);
    await third.kill('SIGTERM');
    say(`round ${round}: killed`);
  }
  const found = judge(site, { ends: { times_out: 'dead', cancelled: 'cancelled' } });
  const slowest = Object.entries(tally.slowest).map(([ending, ms]) => [
    `slowest slot, ${ending}`,
    `${ms.toFixed(0)} ms`,
  ]);
  return {
    faults: tally.faults,
    figures: {
      ...Object.fromEntries(slowest),
      'escaped with a cleared environment (documented)': tally.escaped,
      jobs: found.jobs,
    },
    violations: [...tally.violations, ...found.violations],
  };
}

function prepare(site: Site): void {
  const child = join(site.dir, 'child.sh');
  writeFileSync(child, CHILD_PROGRAM);
  chmodSync(child, 0o755);
  const alive = join(site.dir, 'alive');
  mkdirSync(alive);
  addPlugin(site, { name: 'stray', manifest: STRAY_MANIFEST, program: STRAY_PROGRAM });
  const instance = (stays: boolean, more: object = {}) => ({
    uses: 'stray',
    concurrency: KINDS.length,
    config: { effects: site.effects, child, alive, stays },
    ...more,
  });
  configure(site, () => ({
    service: { concurrency: 3 * KINDS.length, shutdown_grace: `${GRACE_MS}ms` },
    plugins: {
      exits: instance(false),
      times_out: instance(true, { timeouts: { handle: `${TIMEOUT_MS}ms` }, retry: { max_attempts: 1 } }),
      cancelled: instance(true),
      shut_down: instance(true),
      killed: instance(true),
    } satisfies Record<Ending, object>,
  }));
}

/** Submits one job for each kind and resolves when each has left its child behind. */
async function begin(site: Site, instance: Ending): Promise<readonly Cell[]> {
  const cells: Cell[] = [];
  for (const does of KINDS) cells.push({ does, jobId: await submitOne(site, { instance, payload: { does } }) });
  await until('every child lives', 30_000, () => {
    const begun = new Set(effectsOf(site).flatMap(({ jobId, what }) => (what === 'begin' ? [jobId] : [])));
    return cells.every(({ jobId }) => begun.has(jobId)) ? true : null;
  });
  return cells;
}

/** When the plugin itself said that it ends, in epoch milliseconds. */
function exitOf(site: Site, { jobId }: Cell): number {
  return Number(effectsOf(site).find((effect) => effect.jobId === jobId && effect.what === 'end')?.more[0]);
}

/** When the first attempt was over, and how long it took. */
function endOf(site: Site, { jobId }: Cell): { readonly endedAt: number; readonly tookMs: number } {
  const database = new DatabaseSync(site.database, { readOnly: true });
  try {
    const row = database
      .prepare(
        `SELECT attempts.started_at, attempts.ended_at FROM attempts JOIN jobs ON jobs.seq = attempts.job_seq
         WHERE jobs.id = ? AND attempts.attempt = 1`,
      )
      .get(jobId);
    const endedAt = Number(row?.ended_at);
    return { endedAt, tookMs: endedAt - Number(row?.started_at) };
  } finally {
    database.close();
  }
}

/** Whose child still lives ten seconds later; earlier when only those live that nobody looks for. */
async function survivors(cells: readonly Cell[]): Promise<readonly (Cell & { readonly pids: readonly number[] })[]> {
  const deadline = performance.now() + GONE_MS;
  for (;;) {
    const left = cells
      .map((cell) => ({ ...cell, pids: processesNamed(`${cell.jobId}.1`) }))
      .filter(({ pids }) => pids.length > 0);
    if (left.every(({ does }) => does === CLEARS_ENVIRONMENT) || performance.now() > deadline) return left;
    await pause(100);
  }
}
