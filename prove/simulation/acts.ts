import { OperatorError } from '../../src/domain/errors.ts';
import { isTerminal, type JobStatus } from '../../src/domain/job.ts';
import type { Operations } from '../../src/engine/operations.ts';
import { FAULT_POINTS, type FaultPoint } from '../../src/platform/fault-point.ts';
import { drawEnding, plainSuccess } from './answers.ts';
import { type Dice, seededDice } from './dice.ts';
import { late } from './late.ts';
import { SMALLER, WHOLE } from './settings.ts';
import type { Step, StepKind } from './steps.ts';
import type { World } from './world.ts';

const INSTANCES = ['alpha', 'beta', 'gamma', 'once', 'sink'] as const;
const ON_THE_WAY = ['enqueue.', 'slot.', 'commit.', 'claim.', 'attempt.', 'finish.', 'cancel.'];
const MINUTE = 60_000;
/** How long a stop may take beyond its grace: two spans for the processes to be killed. */
const STOP_MARGIN_MS = 20_000;

const ACTS: { readonly [K in StepKind]: (world: World, dice: Dice) => Promise<string> | string } = {
  submit(world, dice) {
    const instance = dice.pick(INSTANCES) ?? 'alpha';
    const key = dice.chance(0.4) ? `key-${dice.whole(1, 6)}` : null;
    const n = dice.whole(1, 3);
    const delayed = dice.chance(0.2) ? { runAt: world.clock.now() + dice.whole(1, 10 * MINUTE) } : {};
    const fewer = dice.chance(0.2) ? { maxAttempts: dice.whole(1, 2) } : {};
    const submission = {
      instance,
      command: dice.chance(0.8) ? 'handle' : 'poll',
      payload: { n },
      submittedBy: 'cli',
      dedupeKey: key,
      priority: dice.whole(-1, 1),
      ...delayed,
      ...fewer,
    };
    ask(
      world,
      ({ submit }) => submit(submission),
      ({ jobId, kind }) => {
        world.ledger.submitted.push({ jobId, duplicate: kind === 'duplicate', instance, key, n });
        return `${kind} ${jobId}`;
      },
    );
    return `to ${instance}`;
  },
  emit(world, dice) {
    const type = dice.chance(0.7) ? 'ext.ping' : dice.chance(0.5) ? 'alpha.made' : 'nobody.cares';
    const dedupeKey = dice.chance(0.3) ? `key-${dice.whole(1, 4)}` : null;
    const emission = { type, payload: { n: dice.whole(1, 9) }, source: 'api', dedupeKey };
    ask(
      world,
      ({ emit }) => emit(emission),
      ({ eventId, admissions }) => {
        world.ledger.emitted.push({ eventId, jobs: admissions.map(({ jobId }) => jobId) });
        return eventId;
      },
    );
    return type;
  },
  finish(world, dice) {
    const process = dice.pick(world.life?.runner.processes() ?? []);
    if (process === undefined) return 'nothing runs';
    const { job } = process.request;
    const ending = drawEnding(dice, process.request);
    process.end(ending);
    return `${job.id} attempt ${job.attempt}: ${ending.outcome.kind}`;
  },
  late,
  async wait(world, dice) {
    const ms = dice.chance(0.5) ? dice.whole(1, 1_500) : dice.whole(1_000, 20_000);
    await world.clock.advance(ms, world.rest);
    return `${ms} ms`;
  },
  async leap(world, dice) {
    const ms = dice.whole(2 * MINUTE, 40 * MINUTE);
    await world.clock.advance(ms, world.rest);
    return `${ms} ms`;
  },
  async set_clock(world, dice) {
    const ms = dice.whole(1, 90 * MINUTE) * (dice.chance(0.5) ? -1 : 1);
    if (ms < 0) world.turnedBack = true;
    world.clock.set(world.clock.now() + ms);
    await world.clock.advance(1, world.rest);
    return `${ms} ms`;
  },
  cancel(world, dice) {
    const id = somebody(world, dice, (status) => !isTerminal(status));
    ask(
      world,
      ({ cancel }) => cancel(id),
      ({ status }) => {
        if (status !== 'cancelled') world.wrong(`cancel: job ${id} was called cancelled and is ${status}`);
        world.ledger.cancelled.push(id);
        return status;
      },
    );
    return id;
  },
  retry(world, dice) {
    const id = somebody(world, dice, (status) => status !== 'succeeded' && status !== 'running');
    ask(
      world,
      ({ retry }) => retry(id, { by: 'cli' }),
      ({ status }) => {
        world.ledger.retried.push(id);
        return status;
      },
    );
    return id;
  },
  arm(world, dice) {
    const point = dice.pick(pointsOf(ON_THE_WAY)) ?? 'commit.begun';
    world.armed = { point, skip: dice.whole(0, 2) };
    return point;
  },
  async crash(world, dice) {
    const again = dice.chance(0.25) ? dice.pick(pointsOf(['recover.', 'commit.'])) : undefined;
    // Some deaths come in a row, with hardly time between them.
    for (let times = dice.chance(0.3) ? dice.whole(1, 3) : 0; times > 0; times -= 1) {
      await world.kill();
      await rise(world, dice);
    }
    await world.kill();
    if (again !== undefined) world.armed = { point: again, skip: 0 };
    await rise(world, dice);
    return again ?? '';
  },
  async restart(world, dice) {
    if (dice.chance(0.4)) world.armed = { point: dice.pick(pointsOf(['stop.'])) ?? 'stop.drained', skip: 0 };
    await stop(world, dice);
    await rise(world, dice);
    return '';
  },
  refuse(world, dice) {
    world.weather.refuse = dice.whole(1, 5);
    world.refusals += 1;
    return `${world.weather.refuse} times`;
  },
};

/** Takes one step, lets everything that follows from it happen, and starts the gateway again if it died of it. */
export async function take(world: World, { kind, roll }: Step): Promise<string> {
  const dice = seededDice(roll);
  const what = await ACTS[kind](world, dice);
  await world.rest();
  if (!world.isAlive()) {
    await world.kill();
    await rise(world, dice);
  }
  return `${kind} ${what}`;
}

/** Stops the gateway as one should, letting some of its processes end in the grace. */
export async function stop(world: World, dice: Dice): Promise<void> {
  const { life, clock } = world;
  if (life === null) return;
  const until = clock.monotonic() + world.snapshot.service.shutdownGraceMs + STOP_MARGIN_MS;
  const refusedBefore = world.weather.refusedAt;
  let stopped = false;
  life.stop().then(
    () => {
      stopped = true;
    },
    (error: unknown) => {
      if (world.isAlive()) world.wrong(`stop: ${error instanceof Error ? error.stack : error}`);
    },
  );
  while ((await world.rest()) && !stopped && clock.monotonic() <= until) {
    const process = dice.chance(0.5) ? dice.pick(life.runner.processes()) : undefined;
    process?.end(plainSuccess(process.request));
    await clock.advance(dice.whole(500, 10_000), world.rest);
  }
  if (!world.isAlive()) return;
  if (!stopped) world.wrong('stop: it takes longer than its grace and the time to kill');
  world.readJournal();
  const left = world.journal.running();
  if (left.length > 0 && world.weather.refusedAt === refusedBefore) {
    world.wrong(`stop: ${left.length} jobs are still running after a shutdown`);
  }
  if (clock.nextIn() !== null) world.wrong('stop: a timer outlives the shutdown');
  await world.retire();
}

/** Starts the gateway again after some downtime, now and then with an instance less. */
async function rise(world: World, dice: Dice): Promise<void> {
  if (dice.chance(0.4)) await world.clock.advance(dice.whole(1, dice.chance(0.2) ? 180 * MINUTE : MINUTE), world.rest);
  world.readJournal();
  const left = world.journal.running();
  const before = world.journal.moves.length;
  await world.start(dice.chance(0.85) ? WHOLE : SMALLER);
  world.readJournal();
  const moves = world.journal.moves.slice(before);
  const firstClaim = moves.find(({ after }) => after === 'running')?.seq ?? Number.POSITIVE_INFINITY;
  for (const { id, attempt } of left) {
    const settled = moves.find((move) => move.id === id && move.before === 'running' && move.attempt === attempt);
    if (settled === undefined) world.wrong(`recovery: job ${id} is still running as attempt ${attempt}`);
    else if (settled.seq > firstClaim) world.wrong(`recovery: something was claimed before job ${id} was settled`);
  }
}

/** Asks the gateway; what it answers while it lives is noted, and any error must be one for operators. */
function ask<T>(world: World, question: (operations: Operations) => Promise<T>, heard: (answer: T) => string): void {
  const { life } = world;
  if (life === null) return;
  const isNow = (): boolean => world.life === life && world.isAlive();
  question(life.operations).then(
    (answer) => {
      if (isNow()) world.note(heard(answer));
    },
    (error: unknown) => {
      if (!isNow()) return;
      if (error instanceof OperatorError) world.note(error.code);
      else world.wrong(`error: ${error instanceof Error ? error.stack : error}`);
    },
  );
}

/** The id of a job, mostly of one in such a status. */
function somebody(world: World, dice: Dice, fits: (status: JobStatus) => boolean): string {
  world.readJournal();
  const all = [...world.journal.jobs.values()];
  const fitting = all.filter(({ status }) => fits(status));
  const found = dice.pick(fitting.length > 0 && dice.chance(0.9) ? fitting : all);
  return found?.id ?? 'nobody';
}

/** Fault points by name, in the order of the product. */
function pointsOf(prefixes: readonly string[]): readonly FaultPoint[] {
  return FAULT_POINTS.filter((point) => prefixes.some((prefix) => point.startsWith(prefix)));
}
