import type { Clock } from '../../src/platform/clock.ts';

interface Timer {
  readonly kind: 'wall' | 'span';
  readonly at: number;
  /** Like a timer of Node, none rings within the millisecond in which it was set. */
  readonly notBefore: number;
  readonly order: number;
  readonly wake: () => void;
}

/** Time that passes only when the simulation lets it. */
export interface VirtualClock {
  now(): number;
  monotonic(): number;
  /** The clock as one life of the gateway sees it: its timers are lost with it. */
  ofLife(isAlive: () => boolean): Clock;
  /** Lets `ms` pass; each timer rings at its own instant and `rest` is awaited after it. Ends early when `rest` says so. */
  advance(ms: number, rest: () => Promise<boolean>): Promise<void>;
  /** Sets the wall clock elsewhere; timers for instants that are over ring when time next passes. */
  set(wall: number): void;
  /** Milliseconds until the next timer rings; null when none is set. */
  nextIn(): number | null;
  /** Drops every timer. */
  clear(): void;
}

/** A clock that shows `start` and stands still. */
export function virtualClock(start: number): VirtualClock {
  let wall = start;
  let mono = 0;
  let order = 0;
  const timers = new Set<Timer>();

  function ringsAt({ kind, at, notBefore }: Timer): number {
    return Math.max(notBefore, kind === 'span' ? at : mono + (at - wall));
  }

  function first(): Timer | null {
    let found: Timer | null = null;
    let foundAt = Number.POSITIVE_INFINITY;
    for (const timer of timers) {
      const at = ringsAt(timer);
      if (at < foundAt || (at === foundAt && found !== null && timer.order < found.order)) {
        found = timer;
        foundAt = at;
      }
    }
    return found;
  }

  function setTimer(kind: Timer['kind'], at: number, wake: () => void): () => void {
    order += 1;
    const timer: Timer = { kind, at, notBefore: mono + 1, order, wake };
    timers.add(timer);
    return () => timers.delete(timer);
  }

  function pass(to: number): void {
    const ms = Math.max(to - mono, 0);
    wall += ms;
    mono += ms;
  }

  return {
    now: () => wall,
    monotonic: () => mono,
    ofLife: (isAlive) => ({
      now: () => wall,
      monotonic: () => mono,
      at: (at, wake) => (isAlive() ? setTimer('wall', at, wake) : () => {}),
      after: (ms, wake) => (isAlive() ? setTimer('span', mono + Math.ceil(ms), wake) : () => {}),
    }),
    async advance(ms, rest) {
      const end = mono + ms;
      for (;;) {
        const next = first();
        if (next === null || ringsAt(next) > end) break;
        pass(Math.ceil(ringsAt(next)));
        timers.delete(next);
        next.wake();
        if (!(await rest())) return;
      }
      pass(end);
    },
    set(to) {
      wall = to;
    },
    nextIn() {
      const next = first();
      return next === null ? null : Math.max(Math.ceil(ringsAt(next)) - mono, 0);
    },
    clear: () => timers.clear(),
  };
}
