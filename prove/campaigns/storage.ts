import { DatabaseSync } from 'node:sqlite';
import { pause, until } from '../ask.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { type DiskFault, type FailingDisk, failingDisk, lacksFailingDisk } from '../disk-faults.ts';
import { launch, startUnderTest } from '../gateway-under-test.ts';
import { drain } from '../load.ts';
import { judge } from '../oracle.ts';
import { addPlugin, configure, type Site, withSite } from '../site.ts';
import { type StubbornLoad, startStubbornLoad } from '../stubborn-load.ts';
import { WORK_MANIFEST, WORK_PROGRAM } from '../work-plugin.ts';

const SLOTS = 4;
const CLIENTS = 4;
/** How far the count of calls goes at full size. */
const FARTHEST = 300;
/** Runs of so few rounds are short. */
const SHORT_ROUNDS = 8;
/** The call that fails during the starts of a short run. */
const SHORT_START = 6;
/** How soon the gateway must acknowledge again, in milliseconds. */
const RECOVERY_MS = 10_000;
/** How long the call that is to fail is waited for, in milliseconds. */
const REACHED_MS = 30_000;
/** Most syncs that are waited for: many commits share one. */
const MOST_SYNCS = 100;
/** How long the disk goes on failing, in milliseconds. */
const FAILS_MS = 60;
/** How long a start may take that meets a failing disk, in milliseconds. */
const START_MS = 20_000;

type Way = Omit<DiskFault, 'from'>;

/** How the disk fails at every N; files are opened so rarely that the next one fails instead, N times one after the other. */
const WAYS: Readonly<Record<string, Way>> = {
  'full disk': { calls: ['writes', 'makes'], error: 'ENOSPC' },
  'failing syncs': { calls: ['syncs'], error: 'EIO' },
  'disk gone': { calls: ['writes', 'syncs', 'opens', 'makes'], error: 'EIO' },
  'failing opens': { calls: ['opens'], error: 'EIO' },
};
/** One of these at every N, in turn; each of them in a short run. */
const MORE_WAYS: Readonly<Record<string, Way>> = {
  'full disk, a write cut short': { calls: ['writes', 'makes'], error: 'ENOSPC', cut: true },
  'failing writes': { calls: ['writes'], error: 'EIO' },
  'read-only': { calls: ['writes', 'makes'], error: 'EROFS' },
  'no descriptors': { calls: ['opens'], error: 'EMFILE' },
};

/** What a round adds up. */
interface Tally {
  faults: number;
  episodes: number;
  unreached: number;
  longestMs: number;
  startsRefused: number;
  startsMade: number;
  readonly violations: string[];
}

/** The disk below a gateway under load fails at the Nth write, sync or open, and all that follow, until it is relieved. */
export const storage: Campaign = {
  name: 'storage',
  about: 'the Nth write, sync or open fails with ENOSPC, EIO, EROFS or EMFILE and so do all that follow, until relief',
  passes:
    'nothing is acknowledged that is not stored; producers get 201 or 503; the same process acknowledges again within 10 s of relief; a start ends with exit 75 or in a gateway that works; the database is whole',
  rounds: { short: 2, full: FARTHEST },
  chunk: 60,
  figures: { 'longest recovery': 'max' },
  lacks: lacksFailingDisk,
  run: (options) => withSite('storage', (site) => attack(site, options)),
};

async function attack(site: Site, { rounds, from, say }: CampaignOptions): Promise<CampaignResult> {
  const isShort = rounds <= SHORT_ROUNDS;
  describe(site, { every: '1s' });
  const disk = failingDisk(site);
  const tally: Tally = {
    faults: 0,
    episodes: 0,
    unreached: 0,
    longestMs: 0,
    startsRefused: 0,
    startsMade: 0,
    violations: [],
  };
  const gateway = await startUnderTest(site.config, disk.surroundings);
  const load = startStubbornLoad(site, { clients: CLIENTS, instances: ['first', 'loud'] });
  for (const n of isShort ? farApart(rounds) : everyCall(from).slice(0, rounds)) {
    for (const [name, way] of waysAt(n, isShort)) {
      say(`call ${n}: ${name}`);
      await episode({ disk, load, tally, about: `${name} from call ${n}` }, { ...way, from: countFor(way, n) });
    }
  }
  tally.violations.push(...(await load.stop()));
  // What it leaves in progress is there to be recovered by the starts that meet a failing disk.
  await gateway.kill('SIGKILL');
  if (from === 0) await starts({ site, disk, tally, say, calls: isShort ? [SHORT_START] : everyCall() });
  // A slot between the empty queue and the signal would leave its next hop waiting, rightly.
  describe(site, []);
  const last = await startUnderTest(site.config, disk.surroundings);
  await drain(site.socket);
  const { code } = await last.kill('SIGTERM');
  if (code !== 0) tally.violations.push(`the last gateway ended with ${code}`);
  disk.close();
  const { violations, ...figures } = judge(site);
  return {
    faults: tally.faults,
    figures: {
      ...figures,
      'events acknowledged': load.events().length,
      'refused with 503': load.refused(),
      'times the disk failed': tally.episodes,
      'calls that were never reached': tally.unreached,
      'longest recovery': `${Math.round(tally.longestMs)} ms`,
      'starts refused with exit 75': tally.startsRefused,
      'starts that went on': tally.startsMade,
    },
    violations: [...tally.violations, ...lostEvents(site, load.events()), ...violations],
  };
}

function lostEvents({ database: path }: Pick<Site, 'database'>, acknowledged: readonly string[]): readonly string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const known = new Set(
      database
        .prepare('SELECT id FROM events')
        .all()
        .map(({ id }) => String(id)),
    );
    return acknowledged.filter((id) => !known.has(id)).map((id) => `acknowledged and lost: the event ${id}`);
  } finally {
    database.close();
  }
}

/** `schedules` are those of the first instance. */
function describe(site: Site, schedules: object): void {
  // More on stderr than is kept in memory, so that each attempt opens a file.
  const program = WORK_PROGRAM.replace('tell end\n', "tell end\nhead -c 70000 /dev/zero | tr '\\0' x >&2\n");
  addPlugin(site, { name: 'loud', manifest: WORK_MANIFEST.replace('name: work', 'name: loud'), program });
  configure(site, (work) => ({
    service: { concurrency: SLOTS },
    plugins: {
      first: work({ config: { emits: 'hop.one' }, concurrency: SLOTS, more: { schedules } }),
      second: work({ concurrency: 1 }),
      loud: work({ concurrency: 2, more: { uses: 'loud' } }),
    },
    routes: [{ name: 'one', event_type: 'hop.one', to: 'second' }],
  }));
}

function waysAt(n: number, all: boolean): readonly [string, Way][] {
  const more = Object.entries(MORE_WAYS);
  return [...Object.entries(WAYS), ...more.filter((_, index) => all || index === n % more.length)];
}

/** Counted from the last relief on; the gateway's own count goes far beyond `n` all the same. */
function countFor({ calls }: Way, n: number): number {
  const [only] = calls.length === 1 ? calls : [];
  if (only === 'opens') return 1;
  return only === 'syncs' ? ((n - 1) % MOST_SYNCS) + 1 : n;
}

function everyCall(from = 0): readonly number[] {
  return Array.from({ length: FARTHEST - from }, (_, index) => from + index + 1);
}

/** A few, from the first call on. */
function farApart(rounds: number): readonly number[] {
  return Array.from({ length: rounds }, (_, index) => Math.round(FARTHEST ** (index / Math.max(rounds, 2))));
}

/** Lets the disk fail once, relieves it and waits until something is acknowledged again. */
async function episode(
  { disk, load, tally, about }: { disk: FailingDisk; load: StubbornLoad; tally: Tally; about: string },
  fault: DiskFault,
): Promise<void> {
  disk.fail(fault);
  const reached = await until('a call fails', REACHED_MS, () => (disk.injected() > 0 ? true : null)).catch(() => false);
  if (reached) await pause(FAILS_MS);
  else tally.unreached += 1;
  tally.faults += disk.relieve();
  tally.episodes += 1;
  const tookMs = await load.nextAcknowledgement(RECOVERY_MS);
  if (tookMs === null) tally.violations.push(`nothing was acknowledged within ${RECOVERY_MS} ms of relief: ${about}`);
  else tally.longestMs = Math.max(tally.longestMs, tookMs);
}

/** Starts gateways on a disk that fails from the Nth call on, until there are no more calls during a start. */
async function starts({
  site,
  disk,
  tally,
  say,
  calls,
}: {
  site: Site;
  disk: FailingDisk;
  tally: Tally;
  say: (text: string) => void;
  calls: readonly number[];
}): Promise<void> {
  for (const [name, way] of Object.entries({ ...WAYS, ...MORE_WAYS })) {
    for (const n of calls) {
      say(`a start on a disk that fails: ${name}, from call ${n}`);
      disk.fail({ ...way, from: n });
      const met = await start(site, { disk, tally, about: `a start, ${name} from call ${n}` });
      if (!met) break;
    }
  }
}

/** Resolves to whether the start met the fault. */
async function start(
  site: Site,
  { disk, tally, about }: { disk: FailingDisk; tally: Tally; about: string },
): Promise<boolean> {
  const launched = launch(site.config, disk.surroundings);
  const readyMs = await Promise.race([launched.ready, pause(START_MS).then(() => 'late' as const)]);
  const injected = disk.relieve();
  tally.faults += injected;
  if (readyMs === null) {
    const { code, stderr } = await launched.ended;
    tally.startsRefused += 1;
    if (code !== 75) tally.violations.push(`${about}: exit ${code}: ${stderr.trim()}`);
    return injected > 0;
  }
  if (readyMs === 'late') tally.violations.push(`${about}: neither ready nor over after ${START_MS} ms`);
  else tally.startsMade += 1;
  process.kill(launched.pid, readyMs === 'late' ? 'SIGKILL' : 'SIGTERM');
  const { code } = await launched.ended;
  if (readyMs !== 'late' && code !== 0) tally.violations.push(`${about}: went on, then ended with ${code}`);
  return injected > 0;
}
