import type { DatabaseSync } from 'node:sqlite';
import type { World } from './world.ts';

/** How long a refusal of the storage may hold up what follows, in milliseconds: it is tried again after a second. */
const REFUSAL_MS = 1_100;

const DOUBLED = `
  SELECT instance, command, dedupe_key FROM jobs WHERE completed_at IS NULL AND dedupe_key IS NOT NULL
  GROUP BY instance, command, dedupe_key HAVING count(*) > 1`;

const DUE = `
  SELECT instance, count(*) AS due FROM jobs WHERE completed_at IS NULL AND status = 'queued' AND suspect = 0 AND (ready = 1 OR run_at < ?)
  GROUP BY instance`;

const SUSPECTS = DUE.replace('suspect = 0', 'suspect = 1');

/** Looks at what is active while nothing is about to happen; adds to the world's violations. */
export function createActiveCheck(database: DatabaseSync): (world: World) => void {
  const doubled = database.prepare(DOUBLED);
  const waiting = database.prepare(SUSPECTS);
  const due = database.prepare(DUE);
  return (world) => {
    world.readJournal();
    for (const row of doubled.all()) world.wrong(`dedupe: two active jobs with one key: ${JSON.stringify(row)}`);
    const { life, clock, weather } = world;
    if (life === null || weather.refuse > 0 || clock.monotonic() - weather.refusedAt < REFUSAL_MS) return;
    const processes = new Set(life.runner.processes().map(({ request: { job } }) => `${job.id}.${job.attempt}`));
    const { suspicions } = world.journal;
    const running = world.journal.running();
    for (const { id, attempt } of running) {
      if (!processes.delete(`${id}.${attempt}`)) world.wrong(`stuck: job ${id} is running without a process`);
    }
    for (const process of processes) world.wrong(`stray: the process ${process} runs for no running job`);
    const { service, instances } = world.snapshot;
    if (running.length >= service.concurrency || running.some(({ id }) => suspicions.isSuspect(id))) return;
    let ordinary = false;
    for (const row of due.all(clock.now() - 2)) {
      const instance = instances.get(String(row['instance']));
      if (instance === undefined || instance.rateLimit !== null) continue;
      const beside = running.filter(({ instance: name }) => name === instance.name).length;
      ordinary = true;
      if (beside < instance.concurrency)
        world.wrong(`idle: ${row['due']} due jobs of ${instance.name} wait for nothing`);
    }
    if (ordinary || running.length > 0) return;
    for (const { instance, due: count } of waiting.all(clock.now() - 2)) {
      if (instances.get(String(instance))?.rateLimit === null) world.wrong(`idle: ${count} suspects wait for nothing`);
    }
  };
}
