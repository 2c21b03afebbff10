import { type AttemptOutcome, TRANSITIONS } from '../../src/domain/job.ts';
import { FAULT_POINTS, type FaultPoint } from '../../src/platform/fault-point.ts';
import { createActiveCheck } from './active.ts';
import { stop, take } from './acts.ts';
import { plainSuccess } from './answers.ts';
import type { Arena } from './arena.ts';
import { createWorld } from './create-world.ts';
import { seededDice } from './dice.ts';
import { judgeWorld } from './invariants.ts';
import { WHOLE } from './settings.ts';
import type { Step } from './steps.ts';
import type { World } from './world.ts';

/** How often what is active is looked at, in steps. */
const LOOK_EVERY = 16;
/** Most rounds in which a world is brought to its end. */
const LAST_ROUNDS = 600;

/** What a simulation covered and found. */
export interface Simulated {
  readonly violations: readonly string[];
  /** The same for the same seed and steps. */
  readonly trace: string;
  /** Steps that were taken. */
  readonly steps: number;
  readonly faults: number;
  readonly jobs: number;
  readonly attempts: number;
  /** How often each of what can be reached was: `transition queued claim`, `outcome succeeded`, `point commit.begun`. */
  readonly reached: Readonly<Record<string, number>>;
}

/** Plays the steps in a world of the seed's own chance, brings it to its end and judges it. One at a time in a thread. */
export async function simulate(
  arena: Arena,
  { seed, steps }: { readonly seed: number; readonly steps: readonly Step[] },
  tell: (what: string) => void = () => {},
): Promise<Simulated> {
  const world = createWorld(arena, seed);
  try {
    await world.start(WHOLE);
    const look = createActiveCheck(world.database);
    let taken = 0;
    for (const step of steps) {
      const what = await take(world, step);
      taken += 1;
      world.note(what);
      tell(what);
      world.readJournal();
      if (taken % LOOK_EVERY === 0) look(world);
      if (world.violations.length > 0) break;
    }
    if (world.violations.length === 0) await finale(world, look);
    return summary(world, taken);
  } finally {
    await world.kill();
    world.close();
  }
}

/** Everything goes well from here on; all jobs must come to their end. */
async function finale(world: World, look: (world: World) => void): Promise<void> {
  world.armed = null;
  world.weather.refuse = 0;
  await world.clock.advance(2_000, world.rest);
  look(world);
  for (let round = 0; round < LAST_ROUNDS; round += 1) {
    for (const process of world.life?.runner.processes() ?? []) process.end(plainSuccess(process.request));
    await world.rest();
    world.readJournal();
    if ([...world.journal.jobs.values()].every(({ status }) => status !== 'queued' && status !== 'running')) break;
    await world.clock.advance(Math.max(world.clock.nextIn() ?? 1_000, 1), world.rest);
  }
  look(world);
  if (world.violations.length > 0) return;
  await stop(world, seededDice(0));
  world.violations.push(...judgeWorld(world));
}

function summary(world: World, steps: number): Simulated {
  const outcomes = world.database.prepare('SELECT outcome, count(*) AS count FROM attempts GROUP BY outcome').all();
  const reached = [
    ...[...world.journal.taken].map(([which, count]) => [`transition ${which}`, count]),
    ...[...world.journal.errors].map(([code, count]) => [`error ${code}`, count]),
    ...outcomes.map(({ outcome, count }) => [`outcome ${outcome}`, Number(count)]),
    ...[...world.reached].map(([point, count]) => [`point ${point}`, count]),
    ...[...world.killedAt].map(([point, count]) => [`killed at ${point}`, count]),
  ];
  return {
    violations: world.violations,
    trace: world.trace(),
    steps,
    faults: world.kills + world.refusals,
    jobs: world.journal.jobs.size,
    attempts: outcomes.reduce((sum, { count }) => sum + Number(count), 0),
    reached: Object.fromEntries(reached),
  };
}

/** Every outcome; the compiler refuses a list that lacks one. */
export const OUTCOMES: { readonly [outcome in AttemptOutcome]: true } = {
  succeeded: true,
  failed: true,
  timed_out: true,
  crashed: true,
  protocol_error: true,
  output_limit: true,
  spawn_failed: true,
  orphaned: true,
  interrupted: true,
  cancelled: true,
};

/** Everything that simulations together must reach: each transition, each outcome, and a death at each fault point. */
export const TO_REACH: readonly string[] = [
  ...Object.entries(TRANSITIONS).flatMap(([from, by]) => Object.keys(by).map((name) => `transition ${from} ${name}`)),
  ...Object.keys(OUTCOMES).map((outcome) => `outcome ${outcome}`),
  'error poison',
  ...FAULT_POINTS.map((point: FaultPoint) => `killed at ${point}`),
];
