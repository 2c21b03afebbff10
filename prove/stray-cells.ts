import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pause, until } from './ask.ts';
import { submitOne } from './load.ts';
import { commandLines } from './processes.ts';
import { addPlugin, configure, type Effect, effectsOf, type Site } from './site.ts';
import { CHILD_PROGRAM, CLEARS_ENVIRONMENT, STRAY_MANIFEST, STRAY_PROGRAM, STRAYS } from './stray-plugin.ts';
import type { Tier } from './tiers.ts';

/** How an attempt ends, which is also the end of the name of the instance that ends so. */
export type Ending = 'exits' | 'times_out' | 'cancelled' | 'shut_down' | 'killed';

/** A job with a child left behind. */
export interface Cell {
  readonly tier: Tier;
  readonly does: string;
  readonly ending: Ending;
  readonly jobId: string;
}

/** When an attempt that times out does so, and what a shutdown waits for attempts, in milliseconds. */
export const TIMEOUT_MS = 2_000;
export const GRACE_MS = 500;
/** How long the children of all cells may take to live, in milliseconds. */
const BEGUN_MS = 60_000;

const KINDS = [...STRAYS, CLEARS_ENVIRONMENT];
const ENDINGS = ['exits', 'times_out', 'cancelled', 'shut_down', 'killed'] as const satisfies readonly Ending[];

/** Describes a site with one instance for each tier and ending. */
export function prepareStrays(site: Site, tiers: readonly Tier[]): void {
  const child = join(site.dir, 'child.sh');
  writeFileSync(child, CHILD_PROGRAM);
  chmodSync(child, 0o755);
  const alive = join(site.dir, 'alive');
  mkdirSync(alive);
  addPlugin(site, { name: 'stray', manifest: STRAY_MANIFEST, program: STRAY_PROGRAM });
  const instance = (tier: Tier, ending: Ending) => ({
    uses: 'stray',
    ...(tier === 'group' ? {} : { containment: tier }),
    concurrency: KINDS.length,
    config: { effects: site.effects, child, alive, stays: ending !== 'exits' },
    ...(ending === 'times_out' ? { timeouts: { handle: `${TIMEOUT_MS}ms` }, retry: { max_attempts: 1 } } : {}),
  });
  const names = tiers.flatMap((tier) => ENDINGS.map((ending) => [`${tier}_${ending}`, instance(tier, ending)]));
  configure(site, () => ({
    service: { concurrency: 2 * KINDS.length * tiers.length, shutdown_grace: `${GRACE_MS}ms` },
    plugins: Object.fromEntries(names),
  }));
}

/** With which status jobs of these instances end when it is not `succeeded`. */
export function otherEnds(tiers: readonly Tier[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tiers.flatMap((tier) => [
      [`${tier}_times_out`, 'dead'],
      [`${tier}_cancelled`, 'cancelled'],
    ]),
  );
}

/** Submits one job for each tier and kind and resolves when each has left its child behind. */
export async function begin(site: Site, ending: Ending, tiers: readonly Tier[]): Promise<readonly Cell[]> {
  const cells: Cell[] = [];
  for (const tier of tiers) {
    for (const does of KINDS) {
      const jobId = await submitOne(site, { instance: `${tier}_${ending}`, payload: { does } });
      cells.push({ tier, does, ending, jobId });
    }
  }
  await until('every child lives', BEGUN_MS, () => {
    const begun = new Set(effectsOf(site).flatMap(({ jobId, what }) => (what === 'begin' ? [jobId] : [])));
    return cells.every(({ jobId }) => begun.has(jobId)) ? true : null;
  });
  return cells;
}

/** What the first attempt said about one of its steps. */
export function saidOf(site: Site, { jobId }: Cell, what: Effect['what']): readonly string[] {
  return effectsOf(site).find((effect) => effect.jobId === jobId && effect.what === what)?.more ?? [];
}

/** When the first attempt was over, and how long it took. */
export function endOf(site: Site, { jobId }: Cell): { readonly endedAt: number; readonly tookMs: number } {
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

/** Whether nobody looks for the child of a cell: in the tier `group`, out of its group and without a marker. */
export function escapes({ tier, does }: Cell): boolean {
  return tier === 'group' && does === CLEARS_ENVIRONMENT;
}

/** A cell with the processes that are left of it. */
export type Survivor = Cell & { readonly pids: readonly number[] };

/** What still lives of these cells `withinMs` later, and when all that had to go was gone, in milliseconds from now. */
export async function survivors(
  cells: readonly Cell[],
  withinMs: number,
): Promise<{ readonly left: readonly Survivor[]; readonly goneMs: number }> {
  const from = performance.now();
  for (;;) {
    const lines = [...commandLines()];
    const pidsOf = ({ jobId }: Cell): readonly number[] =>
      lines.flatMap(([pid, line]) => (line.includes(`${jobId}.1`) ? [pid] : []));
    const left = cells.map((cell) => ({ ...cell, pids: pidsOf(cell) })).filter(({ pids }) => pids.length > 0);
    const goneMs = performance.now() - from;
    if (left.every(escapes) || goneMs > withinMs) return { left, goneMs };
    await pause(100);
  }
}
