import { timeoutFor } from '../../src/domain/instance.ts';
import type { KeptResponse, Run } from '../../src/domain/outcome.ts';
import type { EndReason } from '../../src/engine/attempt.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { reach } from '../../src/platform/fault-point.ts';
import type { RunPlugin, RunRequest } from '../../src/runner/run-plugin.ts';
import { type Ending, endedBy, runOf, timedOut } from './answers.ts';
import type { Dice } from './dice.ts';

/** How long a child that does not heed TERM lives on, in milliseconds. */
const KILL_AFTER_MS = 5_000;

/** A child that the gateway believes to run. */
export interface Process {
  readonly request: RunRequest;
  /** Ends it so, unless the gateway has asked it to end: then that is how it ends. */
  end(ending: Ending): void;
}

/** A runner whose processes end when the simulation, a deadline or the gateway says so. */
export interface FakeRunner {
  readonly run: RunPlugin;
  /** Those that run now, in the order of their start. */
  processes(): readonly Process[];
  started(): number;
}

/** A runner within one life of the gateway; `wrong` hears of two processes of one job. */
export function fakeRunner(clock: Clock, dice: Dice, wrong: (violation: string) => void): FakeRunner {
  const living = new Set<Process>();
  let started = 0;

  function run(request: RunRequest): Promise<Run & KeptResponse> {
    const { job, instance, signal } = request;
    const startedAt = clock.now();
    const ended = (ending: Ending): Run & KeptResponse => {
      // Of a clock that was set back, the record shows no negative span.
      return runOf(ending, { startedAt, endedAt: Math.max(clock.now(), startedAt) });
    };
    if (signal.aborted) return Promise.resolve(ended(endedBy(reasonOf(signal), false)));
    const beside = [...living].find(({ request: other }) => other.job.id === job.id);
    if (beside !== undefined) wrong(`overlap: two processes of job ${job.id}`);
    reach('attempt.spawned');
    started += 1;
    return new Promise((resolve) => {
      const child: Process = {
        request,
        end(ending) {
          if (!living.delete(child)) return;
          cancelDeadline();
          cancelKill();
          resolve(ended(signal.aborted ? endedBy(reasonOf(signal), true) : ending));
        },
      };
      living.add(child);
      const timeoutMs = timeoutFor(instance, job.command, job.timeoutMs);
      const cancelDeadline = clock.after(timeoutMs, () => child.end(timedOut(timeoutMs)));
      let cancelKill = (): void => {};
      const heeds = dice.chance(0.6);
      signal.addEventListener('abort', () => {
        if (!living.has(child)) return;
        if (heeds) child.end(timedOut(timeoutMs));
        else cancelKill = clock.after(KILL_AFTER_MS, () => child.end(timedOut(timeoutMs)));
      });
    });
  }

  return { run: async (request) => run(request), processes: () => [...living], started: () => started };
}

function reasonOf(signal: AbortSignal): EndReason {
  return signal.reason === 'cancelled' ? 'cancelled' : 'interrupted';
}
