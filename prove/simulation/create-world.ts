import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OperatorError } from '../../src/domain/errors.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { type FaultPoint, onFaultPoint, type SwitchPoint } from '../../src/platform/fault-point.ts';
import type { Log } from '../../src/platform/log.ts';
import type { Claimed } from '../../src/store/port/claims.ts';
import type { Store } from '../../src/store/port.ts';
import { DATABASE_FILE, openSqliteStore } from '../../src/store/sqlite/open.ts';
import { seededRandom } from '../random.ts';
import type { Arena } from './arena.ts';
import { type Dice, diceOf } from './dice.ts';
import { fakeRunner } from './fake-runner.ts';
import { openJournal } from './journal.ts';
import { emptyLedger } from './ledger.ts';
import { startLife } from './life.ts';
import { mortalStore } from './mortal-store.ts';
import type { Move } from './move.ts';
import { seededIds } from './seeded-ids.ts';
import { WHOLE } from './settings.ts';
import { takeTurns } from './turns.ts';
import { virtualClock } from './virtual-clock.ts';
import { BEGINNING, type World } from './world.ts';

/** How many claims are remembered for late ends. */
const REMEMBERED = 40;
/** How often a start may be tried before it counts as impossible. */
const STARTS = 8;

/** Thrown at a fault point at which the gateway is killed. */
class Killed extends Error {}

/** A world before its gateway was started for the first time. */
export function createWorld(arena: Arena, seed: number): World {
  const dir = arena.fresh();
  const random = seededRandom(seed);
  const work = seededRandom(seed + 1);
  const dice: Dice = diceOf(random);
  const turns = takeTurns();
  const clock = virtualClock(BEGINNING);
  const newId = seededIds(clock.now, random);
  const database = new DatabaseSync(join(dir, DATABASE_FILE), { readOnly: true });
  const hash = createHash('sha256');
  let vital = { alive: false };
  let opened: Store | null = null;
  let storeTime = 0;

  const world: World = {
    clock,
    turns,
    database,
    journal: openJournal(database),
    ledger: emptyLedger(),
    weather: { refuse: 0, refusedAt: Number.NEGATIVE_INFINITY },
    claims: [],
    violations: [],
    reached: new Map(),
    killedAt: new Map(),
    kills: 0,
    refusals: 0,
    turnedBack: false,
    armed: null,
    life: null,
    snapshot: WHOLE,
    isAlive: () => vital.alive,
    async kill() {
      if (vital.alive) die();
      await bury();
    },
    async retire() {
      end();
      await bury();
    },
    start,
    readJournal,
    async rest() {
      const { alive } = vital;
      await turns.rest(() => alive && !vital.alive);
      return alive && vital.alive;
    },
    wrong(violation) {
      world.violations.push(violation);
    },
    note(text) {
      hash.update(`${text}\n`);
    },
    trace: () => hash.copy().digest('hex').slice(0, 16),
    close() {
      onFaultPoint(null);
      turns.release();
      database.close();
    },
  };
  onFaultPoint(heard);
  return world;

  function heard(point: FaultPoint | SwitchPoint): void {
    if (!vital.alive) throw new Killed(point);
    count(world.reached, point);
    const { armed } = world;
    if (armed?.point !== point) return;
    armed.skip -= 1;
    if (armed.skip >= 0) return;
    world.armed = null;
    count(world.killedAt, point);
    world.note(`killed at ${point}`);
    die();
    throw new Killed(point);
  }

  /** From here on nothing that belongs to this life can do anything any more. */
  function end(): void {
    vital.alive = false;
    clock.clear();
  }

  function die(): void {
    world.kills += 1;
    end();
  }

  /** Closes the files of the dead, then lets it have its turns: what waits for a commit is not committed, see `heard`. */
  async function bury(): Promise<void> {
    await turns.rest(() => true);
    world.life = null;
    const store = opened;
    opened = null;
    await store?.close();
    await turns.rest();
  }

  function readJournal(): readonly Move[] {
    const { instances, service } = world.snapshot;
    const caps = new Map([...instances.values()].map(({ name, concurrency }) => [name, concurrency]));
    const { moves, wrong } = world.journal.read(caps, service.concurrency);
    world.violations.push(...wrong);
    for (const { id, before, after, attempt } of moves) world.note(`${id} ${before} ${after} ${attempt}`);
    return moves;
  }

  async function start(snapshot: Snapshot): Promise<void> {
    readJournal();
    world.snapshot = snapshot;
    for (let times = 0; times < STARTS; times += 1) {
      if (opened !== null) await bury();
      vital = { alive: true };
      readJournal();
      world.journal.suspicions.ended(world.journal.running());
      const outcome = await startOnce(snapshot, vital);
      if (outcome === 'started') return;
      if (outcome === 'refused') {
        die();
        world.weather.refuse = 0;
      }
    }
    world.wrong('start: the gateway does not start');
  }

  async function startOnce(snapshot: Snapshot, own: { alive: boolean }): Promise<'started' | 'refused' | 'killed'> {
    const isAlive = (): boolean => own.alive;
    const lifeClock = clock.ofLife(isAlive);
    const monotonic = (): number => {
      // Work takes time, so that group commit meets its bound.
      storeTime += work() * 2;
      return storeTime;
    };
    let state: 'pending' | 'started' | 'refused' = 'pending';
    startLife({
      snapshot,
      clock: lifeClock,
      random,
      newId,
      log: logFor(isAlive),
      runner: fakeRunner(lifeClock, dice, (violation) => world.wrong(violation)),
      open() {
        opened = openSqliteStore({ dir, migrations: arena.migrations, monotonic });
        return mortalStore(opened, { isAlive, monotonic: clock.monotonic, weather: world.weather, claimed });
      },
    }).then(
      (life) => {
        if (!own.alive) return;
        world.life = life;
        state = 'started';
      },
      (error: unknown) => {
        if (!own.alive) return;
        state = 'refused';
        if (error instanceof OperatorError && error.code === 'storage_unavailable') return;
        world.wrong(`start: ${error instanceof Error ? error.stack : error}`);
      },
    );
    await turns.rest(() => !own.alive);
    if (!own.alive) return 'killed';
    if (state !== 'pending') return state;
    world.wrong('start: it does not come to an end');
    return 'refused';
  }

  function claimed(claim: Claimed): void {
    world.claims.push(claim);
    if (world.claims.length > REMEMBERED) world.claims.shift();
  }

  function logFor(isAlive: () => boolean): Log {
    const log: Log = {
      debug() {},
      info() {},
      warn() {},
      error(message, context) {
        if (isAlive() && message.includes('bug')) world.wrong(`bug: ${message}: ${JSON.stringify(context)}`);
      },
      child: () => log,
    };
    return log;
  }
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
