import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JOB_STATUSES, type JobStatus } from '../src/domain/job.ts';
import { jobDetail } from '../src/engine/job-detail.ts';
import { trace } from '../src/engine/trace.ts';
import { systemClock } from '../src/platform/clock.ts';
import type { JobFilter } from '../src/store/port/jobs.ts';
import type { Page } from '../src/store/port/lists.ts';
import type { Store } from '../src/store/port.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { fillHistory, HISTORY_AT, HISTORY_INSTANCES, historyId } from './filled-history.ts';

/** How much longer a look may take with the long history than with the short one. */
const MAX_RATIO = 3;
/** Below this, in microseconds, both are fast and their ratio says nothing. */
const NOISE_US = 300;
const SHORT = 10_000;
const LONG = 1_000_000;
const ROUNDS = 40;

const FIRST: Page = { limit: 50, cursor: null };
const ANY: JobFilter = { status: null, instance: null, since: null };

/** A history that looks are taken at, with what they need to know of it. */
interface History {
  readonly store: Store;
  readonly size: number;
  /** A different place each time, the same sequence for every history. */
  place(): number;
  /** In the middle of the list. */
  readonly deep: Page;
}

/** A look, by what it is called. */
type Look = (history: History) => Promise<unknown>;

function jobs(filter: Partial<JobFilter>): Look {
  return ({ store }) => store.read.jobs({ ...ANY, ...filter }, FIRST);
}

const byStatus = (status: JobStatus): readonly [string, Look] => [`jobs, ${status}`, jobs({ status })];

const LOOKS: readonly (readonly [string, Look])[] = [
  ['jobs', jobs({})],
  ...JOB_STATUSES.map(byStatus),
  ['jobs of an instance', jobs({ instance: 'instance3' })],
  ['jobs of an instance, succeeded', jobs({ instance: 'instance9', status: 'succeeded' })],
  ['jobs of an instance, failed', jobs({ instance: 'instance3', status: 'failed' })],
  ['jobs of an instance, queued', jobs({ instance: 'instance3', status: 'queued' })],
  ['jobs of an instance that has none', jobs({ instance: 'nobody' })],
  [
    'jobs of the last hour',
    ({ store, size }) => store.read.jobs({ ...ANY, since: HISTORY_AT + (size - 3_600) * 1_000 }, FIRST),
  ],
  [
    'failed jobs of the last hour',
    ({ store, size }) =>
      store.read.jobs({ ...ANY, status: 'failed', since: HISTORY_AT + (size - 3_600) * 1_000 }, FIRST),
  ],
  ['jobs, deep', ({ store, deep }) => store.read.jobs(ANY, deep)],
  ['failed jobs, deep', ({ store, deep }) => store.read.jobs({ ...ANY, status: 'failed' }, deep)],
  ['job show', show],
  ['trace of a job', (history) => trace(history, { id: historyId(history.place()), limit: 200 })],
  [
    'trace of an event',
    (history) => trace(history, { id: historyId(4 * Math.ceil(history.place() / 4) - 3, 'event'), limit: 200 }),
  ],
  [
    'logs of a job',
    (history) => history.store.read.attemptsFrom({ jobId: historyId(history.place()), from: 1, limit: 20 }),
  ],
  ['events', events({})],
  ['events of a type', events({ type: 'thing.happened3' })],
  ['events of a prefix', events({ type: 'thing.*' })],
  ['events of an instance', events({ source: 'instance:instance4' })],
  [
    'events of a job',
    ({ store, place }) => store.read.events({ type: null, source: null, jobId: historyId(place()) }, FIRST),
  ],
  ['dead letters by what they have in common', ({ store }) => store.read.deadGroups(null, FIRST)],
  ['dead letters of an instance', ({ store }) => store.read.deadGroups('instance3', FIRST)],
  ['dead letters of a group', ({ store }) => store.read.deadJobs('0000000000000003', FIRST)],
  ['decisions', ({ store }) => store.read.decisions({}, FIRST)],
  ['decisions of an instance', ({ store }) => store.read.decisions({ instance: 'instance3' }, FIRST)],
  ['decisions of a route', ({ store }) => store.read.decisions({ route: 'next1' }, FIRST)],
  ['decisions of a job', ({ store, place }) => store.read.decisions({ jobId: historyId(place()) }, FIRST)],
  ['decisions of a rare code', ({ store }) => store.read.decisions({ code: 'route_max_depth' }, FIRST)],
  [
    'decisions of a code of an instance',
    ({ store }) => store.read.decisions({ code: 'route_taken', instance: 'instance4' }, FIRST),
  ],
  [
    'decisions of the last hour',
    ({ store, size }) => store.read.decisions({ since: HISTORY_AT + (size - 3_600) * 1_000 }, FIRST),
  ],
  [
    'decisions since the middle',
    ({ store, size }) => store.read.decisions({ since: HISTORY_AT + (size / 2) * 1_000 }, FIRST),
  ],
];

function events(filter: { readonly type?: string; readonly source?: string }): Look {
  const all = { type: null, source: null, jobId: null };
  return ({ store }) => store.read.events({ ...all, ...filter }, FIRST);
}

async function show({ store, place }: History): Promise<unknown> {
  const job = await store.read.job(historyId(place()));
  if (job === null) throw new Error('the history lacks a job');
  return jobDetail({ store, clock: systemClock }, { job, held: [] });
}

async function historyOf(dir: string, size: number): Promise<History> {
  await fillHistory(dir, size);
  const store = openSqliteStore({ dir });
  let at = 0.5;
  const middle = await store.read.jobs(ANY, {
    limit: 1,
    cursor: Buffer.from(String(Math.floor(size / 2))).toString('base64url'),
  });
  return {
    store,
    size,
    place() {
      at = (at + 0.618_033_988_75) % 1;
      return 1 + Math.floor(at * (size - 200));
    },
    deep: { limit: 50, cursor: middle.nextCursor },
  };
}

async function timed(look: Look, history: History): Promise<number> {
  const started = performance.now();
  await look(history);
  return (performance.now() - started) * 1_000;
}

function median(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}

const root = mkdtempSync(join(tmpdir(), 'ductile-lists-'));
try {
  const started = performance.now();
  const short = await historyOf(join(root, 'short'), SHORT);
  const long = await historyOf(join(root, 'long'), LONG);
  console.log(
    `filled ${SHORT} and ${LONG} jobs with ${HISTORY_INSTANCES} instances in ${((performance.now() - started) / 1_000).toFixed(0)} s`,
  );
  const rows: { readonly passed: boolean; readonly [column: string]: string | number | boolean }[] = [];
  for (const [what, look] of LOOKS) {
    const times = { short: [] as number[], long: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      times.short.push(await timed(look, short));
      times.long.push(await timed(look, long));
    }
    const [few, many] = [median(times.short), median(times.long)];
    const ratio = many / few;
    const passed = ratio <= MAX_RATIO || many <= NOISE_US;
    rows.push({
      what,
      'µs at 10,000': Math.round(few),
      'µs at 1,000,000': Math.round(many),
      ratio: Number(ratio.toFixed(1)),
      passed,
    });
  }
  console.table(rows);
  const slow = rows.filter(({ passed }) => !passed);
  console.log(
    `${slow.length === 0 ? 'PASS' : 'FAIL'} every look within ${MAX_RATIO} × of its time at ${SHORT}, or within ${NOISE_US} µs`,
  );
  process.exitCode = slow.length === 0 ? 0 : 1;
  await short.store.close();
  await long.store.close();
} finally {
  rmSync(root, { recursive: true, force: true });
}
