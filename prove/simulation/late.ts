import { isStorageRefusal } from '../../src/domain/storage-refusal.ts';
import { finish } from '../../src/engine/finish.ts';
import { plainSuccess, runOf } from './answers.ts';
import type { Dice } from './dice.ts';
import type { World } from './world.ts';

/** The end of an attempt that is over is told once more, as by a process that nobody waits for any longer. */
export async function late(world: World, dice: Dice): Promise<string> {
  const { life, journal } = world;
  world.readJournal();
  const over = world.claims.filter(({ job }) => {
    const now = journal.jobs.get(job.id);
    return now !== undefined && (now.status !== 'running' || now.attempt !== job.attempt);
  });
  const again = over.filter(({ job }) => journal.jobs.get(job.id)?.status === 'running');
  const claim = dice.pick(again.length > 0 && dice.chance(0.7) ? again : over);
  if (life === null || claim === undefined) return 'nobody';
  const now = world.clock.now();
  const success = plainSuccess(claim);
  if (success.outcome.kind !== 'answered') throw new Error('a success answers');
  const event = { type: 'late.made', payload: {}, eventId: null, dedupeKey: null, occurredAt: null };
  const response = { ...success.outcome.response, stateUpdates: { late: 1 }, events: [event] };
  const { outcome, evidence, ...kept } = runOf(
    { ...success, outcome: { kind: 'answered', response } },
    { startedAt: now, endedAt: now },
  );
  const { job, event: source, stateVersion } = claim;
  const ended = { job, event: source, run: { outcome, evidence }, kept, stateVersion, snapshot: world.snapshot };
  const { isAlive } = world;
  finish(life.parts, ended, null).catch((error: unknown) => {
    if (isAlive() && !isStorageRefusal(error)) world.wrong(`late: ${error instanceof Error ? error.stack : error}`);
  });
  if (!(await world.rest())) return `${job.id} attempt ${job.attempt}`;
  if (world.readJournal().some(({ id }) => id === job.id)) {
    world.wrong(`late: the late end of attempt ${job.attempt} moved job ${job.id}`);
  }
  return `${job.id} attempt ${job.attempt}`;
}
