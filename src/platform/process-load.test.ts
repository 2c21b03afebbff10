import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './clock.ts';
import { createLoadWatch } from './process-load.ts';

/** A clock whose only timer rings when it is told to. */
function ringing() {
  const timers = new Set<() => void>();
  const clock = {
    ...systemClock,
    after(_ms: number, wake: () => void) {
      timers.add(wake);
      return () => timers.delete(wake);
    },
  };
  const ring = (): void => {
    for (const wake of timers) wake();
  };
  return { clock, timers, ring };
}

/** Keeps the event loop for so many milliseconds. */
function keepLoop(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('lateness is measured from the first look on, and not without anybody who looks', async () => {
  const { clock, timers, ring } = ringing();
  const watch = createLoadWatch(clock);
  assert.equal(timers.size, 0);
  const first = watch.look();
  assert.equal(first.loopDelay, null);
  assert.ok(first.cpuSeconds > 0 && first.residentBytes > 1_000_000);
  let seen = watch.look().loopDelay;
  // The loop is late once, by more than half of what it was kept; it measures on a timer of its own.
  for (let tries = 0; tries < 50 && (seen === null || seen.max < 0.06); tries += 1) {
    keepLoop(120);
    await new Promise((resolve) => setImmediate(resolve));
    seen = watch.look().loopDelay;
  }
  assert.ok(seen !== null && seen.max >= 0.06 && seen.p50 <= seen.p99 && seen.p99 <= seen.max, JSON.stringify(seen));
  assert.equal(timers.size, 1);
  ring();
  assert.equal(watch.look().loopDelay, null);
  assert.ok(watch.look().loopActiveSeconds > first.loopActiveSeconds);
  watch.stop();
  assert.equal(timers.size, 0);
});
