import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type LoadedSnapshot, loadSnapshot } from '../src/disk/build-snapshot.ts';
import { DEFAULT_LIMITS } from '../src/domain/instance.ts';
import { type Gateway, startGateway } from '../src/gateway/gateway.ts';
import { silentLog } from '../src/platform/log.ts';
import { contain, NO_PLACES } from '../src/runner/containment.ts';
import { containmentTools } from '../src/runner/containment-tools.ts';

// How long it takes from handing a job in to its program running, against two synced commits, one spawn in the default tier and 2 ms,
// all measured in the same run, in turns. The program tells the time at which it runs.

const ROUNDS = 200;
const WARM_UP = 20;
const MARGIN_MS = 2;
const TELL_TIME = ['bash', '-c', 'echo $EPOCHREALTIME'] as const;

const CONFIG = `
service: { state_dir: ./state }
api: { listen: none }
plugins:
  clock: { uses: exec, config: { argv: ${JSON.stringify(TELL_TIME)} } }
`;

function now(): number {
  return performance.timeOrigin + performance.now();
}

function millisecondsOf(epochSeconds: string): number {
  return Number(epochSeconds.trim().replace(',', '.')) * 1_000;
}

async function spawnOf([program = '', ...args]: readonly string[]): Promise<number> {
  const startedAt = now();
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  return millisecondsOf(text) - startedAt;
}

/** The same command line as the gateway starts it: what setpriv costs is no cost of the queue, and is told apart. */
function contained(): readonly string[] {
  const containment = { tier: 'group', network: true, noNewPrivs: null } as const;
  const plan = { containment, resources: DEFAULT_LIMITS, account: null, places: NO_PLACES };
  const wrapped = contain(TELL_TIME, plan, containmentTools(process.env['PATH']));
  if (!wrapped.ok) throw new Error(`${wrapped.missing} is missing`);
  return wrapped.argv;
}

function fullCommit(database: DatabaseSync): number {
  const startedAt = now();
  database.exec("INSERT INTO t (v) VALUES ('x')");
  return now() - startedAt;
}

async function enqueueToSpawn({ operations }: Gateway): Promise<number> {
  const startedAt = now();
  const { jobId } = await operations.submit({ instance: 'clock', command: 'poll', payload: {}, submittedBy: 'cli' });
  const job = await operations.wait(jobId, 10_000);
  if (typeof job.result !== 'string') throw new Error(`the job ended ${job.status}: ${JSON.stringify(job.lastError)}`);
  return millisecondsOf(job.result) - startedAt;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const dir = mkdtempSync(join(tmpdir(), 'ductile-bench-'));
try {
  const file = join(dir, 'ductile.yaml');
  writeFileSync(file, CONFIG);
  const load = (): LoadedSnapshot => loadSnapshot({ file, env: process.env });
  const { snapshot, sources } = load();
  const { env: environment, pid } = process;
  const gateway = await startGateway({ snapshot, sources, load, log: silentLog, version: '0', environment, pid });
  const bare = new DatabaseSync(join(dir, 'bare.db'));
  bare.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (v TEXT)');
  const wrapped = contained();
  const figures = { job: [] as number[], bare: [] as number[], spawn: [] as number[], commit: [] as number[] };
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const job = await enqueueToSpawn(gateway);
    const bareSpawn = await spawnOf(TELL_TIME);
    const spawned = await spawnOf(wrapped);
    const commit = fullCommit(bare);
    if (round < WARM_UP) continue;
    figures.job.push(job);
    figures.bare.push(bareSpawn);
    figures.spawn.push(spawned);
    figures.commit.push(commit);
  }
  bare.close();
  await gateway.stop();
  const [job, spawned, commit] = [median(figures.job), median(figures.spawn), median(figures.commit)];
  const budget = 2 * commit + spawned + MARGIN_MS;
  console.log(`median of ${ROUNDS}, milliseconds`);
  console.log(`  enqueue to spawn     ${job.toFixed(2)}`);
  console.log(`  bare spawn           ${median(figures.bare).toFixed(2)}`);
  console.log(`  contained spawn      ${spawned.toFixed(2)}`);
  console.log(`  one FULL commit      ${commit.toFixed(2)}`);
  console.log(`  2 commits + spawn + ${MARGIN_MS} ${budget.toFixed(2)}`);
  console.log(`${job <= budget ? 'PASS' : 'FAIL'} enqueue to spawn is ${(job / budget).toFixed(2)} of its budget`);
  process.exitCode = job <= budget ? 0 : 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
