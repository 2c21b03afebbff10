import type { DatabaseSync } from 'node:sqlite';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import type { FaultPoint } from '../../src/platform/fault-point.ts';
import type { Claimed } from '../../src/store/port/claims.ts';
import type { Journal } from './journal.ts';
import type { Ledger } from './ledger.ts';
import type { Life } from './life.ts';
import type { Weather } from './mortal-store.ts';
import type { Move } from './move.ts';
import type { Turns } from './turns.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Noon, 23 November 2026, UTC. */
export const BEGINNING = 1_795_435_200_000;
/** A fault point at which the gateway will be killed, after `skip` further times. */
export interface Armed {
  readonly point: FaultPoint;
  skip: number;
}

/** A gateway in a world of its own: database, time, chance and everything that was observed. */
export interface World {
  readonly clock: VirtualClock;
  readonly turns: Turns;
  readonly database: DatabaseSync;
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly weather: Weather;
  /** The latest claims, oldest first. */
  readonly claims: Claimed[];
  readonly violations: string[];
  /** How often each fault point was reached, and how often the gateway was killed there. */
  readonly reached: Map<FaultPoint, number>;
  readonly killedAt: Map<FaultPoint, number>;
  /** Ends without a shutdown. */
  kills: number;
  refusals: number;
  /** True once somebody set the clock back. */
  turnedBack: boolean;
  armed: Armed | null;
  life: Life | null;
  snapshot: Snapshot;
  /** The gateway of now; false: it is dead and its leftovers must do nothing. */
  isAlive(): boolean;
  /** Kills the gateway, unless it is dead, and clears away what is left: whatever was not committed is gone. */
  kill(): Promise<void>;
  /** Clears away what is left of a gateway that has stopped. */
  retire(): Promise<void>;
  /** Starts it again, as often as it takes. */
  start(snapshot: Snapshot): Promise<void>;
  /** Lets everything happen that needs no time; false when the gateway died of it. */
  rest(): Promise<boolean>;
  /** Reads what was committed since the last time; what is illegal of it is a violation. */
  readJournal(): readonly Move[];
  wrong(violation: string): void;
  /** Adds to the trace. */
  note(text: string): void;
  /** A digest of everything noted so far. */
  trace(): string;
  close(): void;
}
