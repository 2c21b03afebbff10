import type { Clock } from '../../src/platform/clock.ts';

interface Alarm {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /** Lets `ms` pass, ringing each alarm at its own instant, in order. */
  advance(ms: number): void;
  /** Sets the wall clock elsewhere, as an operator or a suspended machine would; alarms that are due then ring. */
  jump(to: number): void;
  /** Alarms that are set. */
  pending(): number;
}

/** A manual clock that starts at `start`. */
export function manualClock(start: number): ManualClock {
  let now = start;
  let mono = 0;
  const wall = new Set<Alarm>();
  const spans = new Set<Alarm>();

  function set(alarms: Set<Alarm>, alarm: Alarm): () => void {
    alarms.add(alarm);
    return () => alarms.delete(alarm);
  }

  function ringDue(): void {
    for (const [alarms, time] of [
      [wall, now],
      [spans, mono],
    ] as const) {
      for (const alarm of [...alarms].filter(({ at }) => at <= time).toSorted((a, b) => a.at - b.at)) {
        if (alarms.delete(alarm)) alarm.wake();
      }
    }
  }

  return {
    now: () => now,
    monotonic: () => mono,
    at: (at, wake) => set(wall, { at, wake }),
    after: (ms, wake) => set(spans, { at: mono + ms, wake }),
    advance(ms) {
      const end = mono + ms;
      while (mono < end) {
        const nearest = Math.min(
          end - mono,
          ...[...wall].map(({ at }) => Math.max(at - now, 1)),
          ...[...spans].map(({ at }) => Math.max(at - mono, 1)),
        );
        now += nearest;
        mono += nearest;
        ringDue();
      }
    },
    jump(to) {
      now = to;
      ringDue();
    },
    pending: () => wall.size + spans.size,
  };
}
