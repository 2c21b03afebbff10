import type { Clock } from '../platform/clock.ts';
import { identityText, type ProcessIdentity } from './process-identity.ts';

/** A process that is to go. */
export interface Doomed extends ProcessIdentity {
  /** Whether it still is the one that was found; asked right before each signal. */
  readonly stillIs: () => boolean;
}

/** How often it is looked whether what was signalled is gone. */
const LOOK_EVERY_MS = 10;
/** How long killed processes may take to be gone; one that sleeps in the kernel is left to the next sweep. */
const GONE_MS = 1_000;
/** A doomed process may fork while it is looked for. */
const MAX_ROUNDS = 10;

interface Looking {
  /** What is left, and what it has forked. */
  readonly remaining: () => Promise<readonly Doomed[]>;
  readonly clock: Clock;
}

/**
 * Ends processes: TERM, `graceMs`, KILL; KILL at once when `graceMs` is 0. Resolves to how many it signalled, when they
 * are gone or a second has passed since the first KILL.
 */
export async function endProcesses({
  first,
  remaining,
  graceMs,
  clock,
}: Looking & { readonly first: readonly Doomed[]; readonly graceMs: number }): Promise<number> {
  const signalled = new Set<string>();
  let left = first;
  const signalAll = (signal: NodeJS.Signals): void => {
    for (const process of left) if (signalOne(process, signal)) signalled.add(identityText(process));
  };
  if (graceMs > 0 && left.length > 0) {
    signalAll('SIGTERM');
    left = await untilGone({ remaining, clock, ms: graceMs });
  }
  for (let round = 0; round < MAX_ROUNDS && left.length > 0; round += 1) {
    signalAll('SIGKILL');
    left = await untilGone({ remaining, clock, ms: GONE_MS / MAX_ROUNDS });
  }
  return signalled.size;
}

async function untilGone({ remaining, clock, ms }: Looking & { readonly ms: number }): Promise<readonly Doomed[]> {
  const deadline = clock.monotonic() + ms;
  for (;;) {
    const left = await remaining();
    if (left.length === 0 || clock.monotonic() >= deadline) return left;
    await new Promise<void>((resolve) => clock.after(LOOK_EVERY_MS, resolve));
  }
}

function signalOne({ pid, stillIs }: Doomed, signal: NodeJS.Signals): boolean {
  if (!stillIs()) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
