import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pause } from '../ask.ts';
import { type GatewayUnderTest, startUnderTest } from '../gateway-under-test.ts';
import { startLoad } from '../load.ts';
import type { Site } from '../site.ts';
import { DiskModel } from './disk-model.ts';
import { readRecording, type Step } from './recording.ts';

const PLANT = new URL('./plant-normal.ts', import.meta.url).href;
const CLIENTS = 6;
/** How long a gateway lives under load, in milliseconds. */
const LIFE_MS = { least: 1_000, most: 2_500 } as const;

/** A directory's life on a disk, from before its first database on. */
export interface Recording {
  readonly steps: readonly Step[];
  /** The file it was read from, and its size. */
  readonly log: string;
  readonly bytes: number;
  /** Answers that clients had no reason to expect, and steps that do not lead to the files that were found. */
  readonly surprises: readonly string[];
}

/**
 * Records a few lives of a gateway in one state directory under load: one ends cleanly, one abruptly, and one begins
 * from each of the two.
 */
export async function recordLives({
  site,
  shim,
  random,
  normal,
}: {
  readonly site: Site;
  readonly shim: string;
  readonly random: () => number;
  /** Whether acknowledged commits go without a sync, which is the planted fault. */
  readonly normal: boolean;
}): Promise<Recording> {
  const log = join(site.dir, 'recording.log');
  rmSync(site.stateDir, { recursive: true, force: true });
  for (const file of [log, site.effects]) writeFileSync(file, '');
  const env = {
    LD_PRELOAD: shim,
    RECORD_LOG: log,
    RECORD_DIRECTORY: site.stateDir,
    RECORD_NAME: basename(site.database),
  };
  const surprises: string[] = [];
  const ends = random() < 0.5 ? (['SIGTERM', 'SIGUSR2', 'SIGTERM'] as const) : (['SIGUSR2', 'SIGTERM'] as const);
  for (const end of ends) {
    const gateway = await startUnderTest(site.config, { env, nodeOptions: normal ? ['--import', PLANT] : [] });
    surprises.push(...(await liveUntil({ gateway, end, site, log, random })));
    surprises.push(...unfaithful(readRecording(log), site));
  }
  return { steps: readRecording(log), log, bytes: statSync(log).size, surprises };
}

/** One life; the clients' acknowledgements go into the recording, each behind the sync it rests upon. */
async function liveUntil({
  gateway,
  end,
  site,
  log,
  random,
}: {
  readonly gateway: GatewayUnderTest;
  readonly end: NodeJS.Signals;
  readonly site: Site;
  readonly log: string;
  readonly random: () => number;
}): Promise<readonly string[]> {
  const load = startLoad(
    { ...site, acknowledgements: log },
    { clients: CLIENTS, instances: ['first', 'alone', 'alone'] },
  );
  await pause(LIFE_MS.least + random() * (LIFE_MS.most - LIFE_MS.least));
  await gateway.kill(end);
  return load.stop();
}

/** Whether the steps lead to the very files that lie there; anything else was done past the shim. */
function unfaithful(steps: readonly Step[], { stateDir, database }: Site): readonly string[] {
  const disk = new DiskModel();
  for (const step of steps) disk.take(step);
  const modelled = disk.files();
  const found = readdirSync(stateDir).filter((name) => name.startsWith(basename(database)) && !name.endsWith('-shm'));
  const names = [...new Set([...found, ...modelled.keys()])];
  return names
    .filter((name) => !found.includes(name) || !modelled.get(name)?.equals(readFileSync(join(stateDir, name))))
    .map((name) => `the recording does not lead to ${name} as it was found`);
}
