import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { ask, pause } from '../ask.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { startUnderTest } from '../gateway-under-test.ts';
import { drain, submitOne } from '../load.ts';
import { judge } from '../oracle.ts';
import { residentMiB } from '../processes.ts';
import { addPlugin, configure, type Site, withSite } from '../site.ts';

const PROGRAMS = fileURLToPath(new URL('../../test/fixtures/programs/', import.meta.url));
const SLOTS = 4;
/** A process that floods is gone so long after it went past the cap, in milliseconds. */
const KILLED_MS = 1_000;
const STALL_MS = 250;
const GROWTH_MIB = 160;
/** How long memory may take to be given back, in milliseconds. */
const RETURNED_MS = 10_000;
const MIB = 1_048_576;
/** The fixture that is run until memory has come back. */
const CALM = 'never_reads';

/** A program that prints too much, too slowly or nonsense, and how its attempt must end. */
interface Fixture {
  readonly program: string;
  readonly outcome: 'succeeded' | 'output_limit' | 'protocol_error';
  readonly status: 'succeeded' | 'failed' | 'dead';
  readonly env?: Readonly<Record<string, string>>;
}

const python = (print: string): string => `#!/usr/bin/env python3\nimport os, sys\nsys.stdin.read()\n${print}\n`;
const fixture = (name: string): string => readFileSync(`${PROGRAMS}${name}`, 'utf8');
/** The program, telling the time of the write that goes past the cap: `<ms>` in `crossed.<marker of the attempt>`. */
const marking = (program: string, cap: number): string => `#!/usr/bin/env python3
import os, time
plain, written = os.write, 0
def write(fd, data):
    global written
    if written <= ${cap} < written + len(data):
        with open('crossed.' + os.environ['DUCTILE_ATTEMPT'], 'w') as mark: mark.write(str(time.time_ns() // 1000000))
    count = plain(fd, data)
    written += count
    return count
os.write = write
${program}`;
const good = { outcome: 'succeeded', status: 'succeeded' } as const;
const limit = { outcome: 'output_limit', status: 'failed' } as const;
const nonsense = { outcome: 'protocol_error', status: 'dead' } as const;

const FIXTURES: Readonly<Record<string, Fixture>> = {
  floods_stdout: { program: marking(fixture('floods-stdout.py'), 10 * MIB), ...limit },
  floods_stderr: { program: marking(fixture('floods-stderr.py'), 4 * MIB), ...limit },
  drips: { program: fixture('drips.py'), ...good },
  never_reads: { program: fixture('never-reads.sh'), ...good },
  closes_stdin: { program: fixture('closes-stdin.py'), ...good },
  prints_bytes: { program: fixture('prints-bytes.py'), ...nonsense },
  at_the_cap: { program: fixture('prints-much.py'), env: { SIZE: String(10 * MIB) }, ...good },
  past_the_cap: { program: fixture('prints-much.py'), env: { SIZE: String(10 * MIB + 1) }, ...limit },
  complains: { program: fixture('complains.py'), env: { LINES: '100000' }, ...good },
  deep: { program: python("os.write(1, b'[' * 60000 + b']' * 60000)"), ...limit },
  many_tokens: {
    program: python(`sys.stdout.write('{"protocol":1,"status":"ok","result":[' + '0,' * 250000 + '0]}')`),
    ...limit,
  },
  nul_in_json: { program: python(`os.write(1, b'{"protocol":1,"status":"ok","result":"\\0"}')`), ...nonsense },
  no_utf8: { program: python(`os.write(1, b'{"protocol":1,"status":"ok","result":"\\xff"}')`), ...nonsense },
};

/** Output without end, in drips, and of the wrong kind. */
export const floods: Campaign = {
  name: 'floods',
  known: 'a response of 10 MiB, the largest that is taken, stalls the event loop for 370–1,000 ms; the bound is 250 ms',
  about: `${Object.keys(FIXTURES).length} programs that flood, drip or print nonsense, in ${SLOTS} slots`,
  passes: `resident memory grows by at most ${GROWTH_MIB} MiB per slot and comes back; killed within 1 s past the cap; no stall of the event loop beyond ${STALL_MS} ms; each classed right`,
  rounds: { short: 3, full: 50 },
  run: (options) => withSite('floods', (site) => attack(site, options)),
};

async function attack(site: Site, { rounds, say }: CampaignOptions): Promise<CampaignResult> {
  prepare(site);
  const gateway = await startUnderTest(site.config);
  const watch = startWatch(site.socket, gateway.pid);
  // What the first of each kind loads stays loaded; growth is counted from there.
  await submitAll(site);
  await drain(site.socket);
  await pause(500);
  const base = watch.reset();
  for (let round = 1; round <= rounds; round += 1) {
    await submitAll(site);
    await drain(site.socket);
    say(`round ${round} of ${rounds}`);
  }
  const { peakMiB, stallMs, asked } = await watch.stop();
  const after = await returned(site, gateway.pid, base + GROWTH_MIB);
  await drain(site.socket);
  await gateway.kill('SIGTERM');
  const ends = Object.fromEntries(Object.entries(FIXTURES).map(([name, { status }]) => [name, status]));
  const found = judge(site, { ends, silent: Object.keys(FIXTURES) });
  const { violations, slowestKill, past, hostile } = classes(site);
  const growth = peakMiB - base;
  return {
    faults: hostile,
    figures: {
      'attempts past a cap': past,
      'resident memory': `${base.toFixed(0)} MiB before, ${peakMiB.toFixed(0)} at most, ${after.toFixed(0)} afterwards`,
      'longest life past a cap': `${slowestKill} ms`,
      'longest stall of the event loop': `${stallMs.toFixed(0)} ms in ${asked} requests`,
    },
    violations: [
      ...violations,
      ...(growth > GROWTH_MIB * SLOTS ? [`resident memory grew by ${growth.toFixed(0)} MiB`] : []),
      ...(after > base + GROWTH_MIB ? [`${(after - base).toFixed(0)} MiB were not given back`] : []),
      ...(stallMs > STALL_MS ? [`the event loop stalled for ${stallMs.toFixed(0)} ms`] : []),
      ...found.violations,
    ],
  };
}

function prepare(site: Site): void {
  const instances = Object.entries(FIXTURES).map(([name, { program, env = {} }]) => {
    const manifest = `name: ${name}\nprotocol: 1\nentrypoint: run.sh\ncommands: [handle]\n`;
    addPlugin(site, { name, manifest, program });
    return [name, { env, retry: { max_attempts: 1 } }];
  });
  configure(site, () => ({ service: { concurrency: SLOTS }, plugins: Object.fromEntries(instances) }));
}

/** A job for each; the payload is more than a pipe holds. */
async function submitAll(site: Site): Promise<void> {
  const payload = { text: 'x'.repeat(500_000) };
  for (const instance of Object.keys(FIXTURES)) await submitOne(site, { instance, payload });
}

interface Watch {
  /** Begins to watch anew; the resident memory now, in MiB. */
  reset(): number;
  stop(): Promise<{ readonly peakMiB: number; readonly stallMs: number; readonly asked: number }>;
}

/** Asks for /healthz without a pause: whoever has to wait for the answer has met a stall. */
function startWatch(socket: string, pid: number): Watch {
  const seen = { peakMiB: 0, stallMs: 0, asked: 0 };
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      const from = performance.now();
      await ask(socket, { method: 'GET', path: '/healthz' });
      seen.stallMs = Math.max(seen.stallMs, performance.now() - from);
      seen.peakMiB = Math.max(seen.peakMiB, residentMiB(pid));
      seen.asked += 1;
      await pause(2);
    }
  })();
  return {
    reset() {
      const now = residentMiB(pid);
      Object.assign(seen, { peakMiB: now, stallMs: 0, asked: 0 });
      return now;
    },
    async stop() {
      stopped = true;
      await watching;
      return seen;
    },
  };
}

/** Runs small jobs until resident memory is below a mark, but no longer than it may take; resolves to what it is, in MiB. */
async function returned(site: Site, pid: number, mark: number): Promise<number> {
  const deadline = performance.now() + RETURNED_MS;
  while (residentMiB(pid) > mark && performance.now() < deadline) {
    await submitOne(site, { instance: CALM });
    await drain(site.socket);
  }
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
    const rows = database
      .prepare(
        `SELECT jobs.id, jobs.instance, attempts.attempt, outcome, error_message, ended_at
         FROM attempts JOIN jobs ON jobs.seq = attempts.job_seq`,
      )
      .all() as unknown as AttemptRow[];
    const wrong = rows
      .filter(({ instance, outcome }) => outcome !== FIXTURES[instance]?.outcome)
      .map(({ instance, outcome, error_message }) => `${instance} ended as ${outcome}: ${error_message}`);
    const lived = rows
      .filter(({ instance }) => instance.startsWith('floods_'))
      .map((row) => ({ ...row, ms: row.ended_at - crossedAt(site, row) }));
    const slow = lived
      .filter(({ ms }) => !(ms <= KILLED_MS))
      .map(({ instance, ms }) => `${instance} was over ${ms} ms after it went past its cap`);
    return {
      violations: [...wrong, ...slow],
      slowestKill: Math.max(0, ...lived.map(({ ms }) => ms)),
      past: rows.filter(({ outcome }) => outcome === 'output_limit').length,
      // Without those that only keep the gateway busy at the end.
      hostile: rows.filter(({ instance }) => instance !== CALM).length,
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
  readonly error_message: string | null;
  readonly ended_at: number;
}

function crossedAt({ stateDir }: Site, { id, instance, attempt }: AttemptRow): number {
  return Number(readFileSync(`${stateDir}/instances/${instance}/crossed.${id}.${attempt}`, 'utf8'));
}
