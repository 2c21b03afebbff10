import { setTimeout as pause } from 'node:timers/promises';
import { type CompiledSchedule, missedSlots } from '../src/domain/schedule.ts';
import { createScheduler } from '../src/engine/scheduler.ts';
import { harness, ok } from '../test/engine/harness.ts';

// What it costs to come back after ten days: a hundred schedules that fire each second, each of them 864,000 slots
// behind. Measured in processor time, so that a busy machine tells the same.

const DAY_MS = 86_400_000;
const DOWN_MS = 10 * DAY_MS;
const SCHEDULES = 100;
/** What is promised of finding what to run and what to record, and of recording and enqueuing it, in milliseconds. */
const MAX_CPU_MS = 500;

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

/** Processor time of deciding what to do about the slots of all schedules, were their `catch_up` so. */
function deciding(schedules: readonly CompiledSchedule[], catchUp: CompiledSchedule['catchUp'], now: number): number {
  const since = process.cpuUsage();
  let slots = 0;
  for (const schedule of schedules) {
    const { run, missed } = missedSlots({ ...schedule, catchUp }, { highWaterAt: now - DOWN_MS, now });
    slots += run.length + (missed?.count ?? 0);
  }
  const spent = cpuMs(since);
  if (slots !== (SCHEDULES * DOWN_MS) / 1_000) throw new Error(`${slots} slots were accounted for`);
  return spent;
}

const endings: (() => unknown)[] = [];
try {
  const names = Array.from({ length: SCHEDULES }, (_, index) => `p${index}`);
  const h = await harness(
    { after: (work) => void endings.unshift(work) },
    {
      plugins: Object.fromEntries(names.map((name) => [name, () => ok()])),
      schedules: names.map((instance) => ({ instance, every: '1s' })),
    },
  );
  const { schedules } = h.parts.snapshot();
  h.clock.jump(h.clock.now() + DOWN_MS);
  const all = deciding(schedules, 'all', h.clock.now());
  const latest = deciding(schedules, 'latest', h.clock.now());

  const scheduler = createScheduler(h.parts, { wake: () => {}, cancel: async () => {} });
  const since = process.cpuUsage();
  await scheduler.start();
  while (scheduler.views().some(({ lastJobId }) => lastJobId === null)) await pause(5);
  const whole = cpuMs(since);
  await scheduler.stop();

  console.log(`${SCHEDULES} schedules of a second after ten days, in processor time`);
  console.log(`  what to do, catch_up: all       ${all.toFixed(0)} ms (${SCHEDULES * 100} runs)`);
  console.log(`  what to do, catch_up: latest    ${latest.toFixed(0)} ms`);
  console.log(`  the same, stored and enqueued   ${whole.toFixed(0)} ms`);
  const passed = Math.max(all, whole) < MAX_CPU_MS;
  console.log(`${passed ? 'PASS' : 'FAIL'} catch-up < ${MAX_CPU_MS} ms`);
  process.exitCode = passed ? 0 : 1;
} finally {
  for (const end of endings) await end();
}
