import type { Instance } from '../../domain/instance.ts';
import type { Redactor } from '../../domain/redact.ts';
import { type AttemptEnd, endOf } from '../../domain/replay/attempt-end.ts';
import { compareEnds, type EndComparison } from '../../domain/replay/compare-ends.ts';
import type { NewId } from '../../platform/ids.ts';
import type { RunPlugin } from '../../runner/run-plugin.ts';
import { attemptMarker } from '../attempt.ts';
import type { Given } from './replay-request.ts';

/** An attempt that can be run again. */
export interface Replayable {
  readonly given: Given;
  /** As the attempt ran it, secrets filled in. */
  readonly instance: Instance;
  readonly recorded: AttemptEnd;
  /** Knows the secrets that were filled in. */
  readonly redactor: Redactor;
}

/** Directories of a replay alone: absolute, existing, empty. */
export interface ReplayPlaces {
  readonly workspace: string;
  readonly cwd: string;
  readonly stderrFile: string;
}

/** A replay beside what it repeats. */
export interface Replayed {
  readonly recorded: AttemptEnd;
  readonly replayed: AttemptEnd;
  readonly comparison: EndComparison;
}

/** Runs an attempt again with the request that it had, and compares. Nothing is stored, whatever the plugin answers. */
export async function replayAttempt(
  { given, instance, recorded, redactor }: Replayable,
  means: {
    readonly run: RunPlugin;
    readonly newId: NewId;
    readonly places: ReplayPlaces;
    /** Ends the process; the reason is `cancelled`. */
    readonly signal: AbortSignal;
    /** Instead of the time limit that the attempt had; null: that one. */
    readonly timeoutMs: number | null;
  },
): Promise<Replayed> {
  const { run, newId, places, signal, timeoutMs } = means;
  const job = timeoutMs === null ? given.job : { ...given.job, timeoutMs };
  const ended = await run({
    ...given,
    job,
    instance,
    ...places,
    signal,
    // Of nobody else: what a gateway finds under its own marker and does not run, it ends.
    markers: { gateway: `replay-${newId()}`, attempt: attemptMarker(job) },
    redactor,
  });
  const replayed = endOf(ended, { instance, command: job.command, state: given.state, redactor });
  return { recorded, replayed, comparison: compareEnds(recorded, replayed) };
}
