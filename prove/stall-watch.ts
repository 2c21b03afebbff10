import { appendFileSync, openSync, readSync } from 'node:fs';

// Preloaded into a gateway (`--import`): a timer that is due every few milliseconds writes each time it was served late,
// by more than 20 ms, to the file that STALL_FILE names: `<epoch ms> <ms late> <ms in which no processor was free for it>`.
// Only the loop itself can tell how long it stood still.

const EVERY_MS = 5;
const WORTH_MS = 20;

const file = process.env.STALL_FILE;
const schedstat = openStat();
const line = Buffer.alloc(128);
let lastAt = performance.now();
let lastWaited = waitedMs();

/** How long the main thread has waited for a processor in all, in milliseconds; 0 where the kernel does not count it. */
function waitedMs(): number {
  if (schedstat === null) return 0;
  // Into the same buffer each time: watching must not make garbage.
  const length = readSync(schedstat, line, 0, line.length, 0);
  return Number(line.toString('latin1', 0, length).split(' ')[1]) / 1_000_000;
}

function openStat(): number | null {
  try {
    return openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  } catch {
    return null;
  }
}

function look(): void {
  const late = performance.now() - lastAt - EVERY_MS;
  const waited = waitedMs();
  if (late > WORTH_MS && file !== undefined) {
    appendFileSync(file, `${Date.now()} ${late.toFixed(1)} ${(waited - lastWaited).toFixed(1)}\n`);
  }
  lastWaited = waited;
  lastAt = performance.now();
}

setInterval(look, EVERY_MS).unref();
