import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ask, pause } from '../ask.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { startUnderTest } from '../gateway-under-test.ts';
import { HOSTILE } from '../hostile-plugins.ts';
import { drain, submitOne } from '../load.ts';
import { judge } from '../oracle.ts';
import { residentMiB } from '../processes.ts';
import { addPlugin, configure, type Site, withSite } from '../site.ts';

const SLOTS = 4;
/** A process that floods is gone so long after it went past the cap, in milliseconds. */
const KILLED_MS = 1_000;
const STALL_MS = 250;
const GROWTH_MIB = 160;
/** How long memory may take to be given back, in milliseconds; nothing runs in that time. */
const RETURNED_MS = 20_000;
const STALL_WATCH = new URL('../stall-watch.ts', import.meta.url).href;
/** Takes the jobs that the events of a response lead to, and does nothing: they are too many. */
const SINK = 'sink';

/** Output without end, in drips, and of the wrong kind. */
export const floods: Campaign = {
  name: 'floods',
  about: `${Object.keys(HOSTILE).length} programs that flood, drip or print nonsense, or the most that is taken, in ${SLOTS} slots`,
  passes: `resident memory grows by at most ${GROWTH_MIB} MiB per slot and comes back while nothing runs; killed within 1 s past the cap; no stall of the event loop beyond ${STALL_MS} ms, as a timer within the gateway meets it while a processor is free; each attempt has the outcome and error code that its program deserves`,
  rounds: { short: 1, full: 5 },
  chunk: 5,
  figures: {
    'resident memory at most': 'max',
    'resident memory afterwards': 'max',
    'longest life past a cap': 'max',
    'longest stall of the event loop': 'max',
    'the same with waits for a processor': 'max',
    'slowest answer': 'max',
    'answers waited for': 'sum',
  },
  run: (options) => withSite('floods', (site) => attack(site, options)),
};

async function attack(site: Site, { rounds, say }: CampaignOptions): Promise<CampaignResult> {
  prepare(site);
  const stalls = join(site.dir, 'stalls.log');
  writeFileSync(stalls, '');
  const surroundings = { nodeOptions: ['--import', STALL_WATCH], env: { STALL_FILE: stalls } };
  const gateway = await startUnderTest(site.config, surroundings);
  await submitOne(site, { instance: SINK });
  await drain(site.socket);
  const since = Date.now();
  const watch = startWatch(site.socket, gateway.pid);
  for (let round = 1; round <= rounds; round += 1) {
    await submitAll(site);
    await drain(site.socket);
    say(`round ${round} of ${rounds}`);
  }
  const { baseMiB, peakMiB, slowestMs, asked } = await watch.stop();
  const { stallMs, ownMs } = longestStall(stalls, since);
  const after = await returned(gateway.pid, baseMiB + GROWTH_MIB);
  await gateway.kill('SIGTERM');
  const ends = Object.fromEntries([
    ...Object.entries(HOSTILE).map(([name, { status }]) => [name, status]),
    [SINK, 'dead'],
  ]);
  const found = judge(site, { ends, silent: [...Object.keys(HOSTILE), SINK] });
  const { violations, slowestKill, past, hostile } = classes(site);
  const growth = peakMiB - baseMiB;
  return {
    faults: hostile,
    figures: {
      'attempts past a cap': past,
      'resident memory before': `${baseMiB.toFixed(0)} MiB`,
      'resident memory at most': `${peakMiB.toFixed(0)} MiB`,
      'resident memory afterwards': `${after.toFixed(0)} MiB`,
      'longest life past a cap': `${slowestKill} ms`,
      'longest stall of the event loop': `${ownMs.toFixed(0)} ms`,
      'the same with waits for a processor': `${stallMs.toFixed(0)} ms`,
      'slowest answer': `${slowestMs.toFixed(0)} ms`,
      'answers waited for': asked,
    },
    violations: [
      ...violations,
      ...(growth > GROWTH_MIB * SLOTS ? [`resident memory grew by ${growth.toFixed(0)} MiB`] : []),
      ...(after > baseMiB + GROWTH_MIB ? [`${(after - baseMiB).toFixed(0)} MiB were not given back`] : []),
      ...(ownMs > STALL_MS ? [`the event loop stalled for ${ownMs.toFixed(0)} ms`] : []),
      ...found.violations,
    ],
  };
}

function prepare(site: Site): void {
  const instances = Object.entries(HOSTILE).map(([name, { program, timeout, env = {} }]) => {
    const manifest = `name: ${name}\nprotocol: 1\nentrypoint: run.sh\ncommands: [handle]\n`;
    addPlugin(site, { name, manifest, program });
    const timeouts = timeout === undefined ? {} : { timeouts: { handle: timeout } };
    return [name, { env, retry: { max_attempts: 1 }, ...timeouts }];
  });
  const sink = { uses: 'exec', concurrency: SLOTS, retry: { max_attempts: 1 }, config: { argv: ['/no/such/program'] } };
  configure(site, () => ({
    service: { concurrency: SLOTS, redact: { patterns: ['acct-[0-9]{6,}'] } },
    plugins: { ...Object.fromEntries(instances), [SINK]: sink },
    routes: [{ name: 'items', event_type: 'flood.*', to: SINK }],
  }));
}

/** A job for each; the payload is more than a pipe holds. */
async function submitAll(site: Site): Promise<void> {
  const payload = { text: 'x'.repeat(1_000_000) };
  for (const instance of Object.keys(HOSTILE)) await submitOne(site, { instance, payload });
}

interface Watched {
  /** Resident memory at the beginning and at its greatest, in MiB. */
  readonly baseMiB: number;
  readonly peakMiB: number;
  /** The longest wait for an answer, and how many came. */
  readonly slowestMs: number;
  readonly asked: number;
}

/** Asks for /healthz again and again, and looks at the resident memory each time. */
function startWatch(socket: string, pid: number): { stop(): Promise<Watched> } {
  const baseMiB = residentMiB(pid);
  const seen = { baseMiB, peakMiB: baseMiB, slowestMs: 0, asked: 0 };
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      const from = performance.now();
      await ask(socket, { method: 'GET', path: '/healthz' });
      seen.slowestMs = Math.max(seen.slowestMs, performance.now() - from);
      seen.peakMiB = Math.max(seen.peakMiB, residentMiB(pid));
      seen.asked += 1;
      await pause(10);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      return seen;
    },
  };
}

/** The longest that a timer within the gateway met, in milliseconds: as it was, and less the time for which no processor was free. */
function longestStall(file: string, since: number): { readonly stallMs: number; readonly ownMs: number } {
  const met = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(' ').map(Number))
    .filter(([at = 0]) => at >= since);
  return {
    stallMs: Math.max(0, ...met.map(([, ms = 0]) => ms)),
    ownMs: Math.max(0, ...met.map(([, ms = 0, waited = 0]) => ms - waited)),
  };
}

/** Waits until resident memory is below a mark, but no longer than it may take; resolves to what it is, in MiB. */
async function returned(pid: number, mark: number): Promise<number> {
  const deadline = performance.now() + RETURNED_MS;
  while (residentMiB(pid) > mark && performance.now() < deadline) await pause(100);
  return residentMiB(pid);
}

/** Whether every attempt ended as it must, and how long those that flood lived past their cap. */
function classes(site: Site): {
  readonly violations: readonly string[];
  readonly slowestKill: number;
  readonly past: number;
  readonly hostile: number;
} {
  const database = new DatabaseSync(site.database, { readOnly: true });
  try {
    const rows = (
      database
        .prepare(
          `SELECT jobs.id, jobs.instance, attempts.attempt, outcome, error_code, error_message, ended_at
         FROM attempts JOIN jobs ON jobs.seq = attempts.job_seq`,
        )
        .all() as unknown as AttemptRow[]
    ).filter(({ instance }) => instance !== SINK);
    const wrong = rows.flatMap(({ instance, outcome, error_code, error_message }) => {
      const [wanted, code] = HOSTILE[instance]?.ends ?? [];
      if (outcome === wanted && error_code === code) return [];
      return [`${instance} ended as ${outcome} (${error_code}): ${error_message}`];
    });
    const lived = rows
      .filter(({ instance }) => HOSTILE[instance]?.tells)
      .map((row) => ({ ...row, ms: row.ended_at - crossedAt(site, row) }));
    const slow = lived
      .filter(({ ms }) => !(ms <= KILLED_MS))
      .map(({ instance, ms }) => `${instance} was over ${ms} ms after it went past its cap`);
    return {
      violations: [...wrong, ...slow],
      slowestKill: Math.max(0, ...lived.map(({ ms }) => ms)),
      past: rows.filter(({ outcome }) => outcome === 'output_limit').length,
      hostile: rows.length,
    };
  } finally {
    database.close();
  }
}

interface AttemptRow {
  readonly id: string;
  readonly instance: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly ended_at: number;
}

function crossedAt({ stateDir }: Site, { id, instance, attempt }: AttemptRow): number {
  return Number(readFileSync(`${stateDir}/instances/${instance}/crossed.${id}.${attempt}`, 'utf8'));
}
