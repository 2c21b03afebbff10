import { ATTEMPT_OUTCOMES, isTerminal, JOB_STATUSES } from '../../domain/job.ts';
import type { RejectionReason } from '../../domain/webhook/rejection.ts';
import type { StoreMeter } from '../../store/port/meter.ts';
import type { Bus } from '../bus.ts';
import { createCounter } from './counter.ts';
import { createHistogram } from './histogram.ts';

/** Bounds for attempts, in seconds: from a command that does nothing to one that runs for hours. */
const ATTEMPT_BOUNDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400];
/** Bounds for commits, in seconds: from a fast disk to one that hangs. */
const COMMIT_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Everything of a gateway that is counted as it happens, since its start. */
export type Meters = ReturnType<typeof createMeters>;

/** Meters that have seen nothing yet. */
export function createMeters() {
  const enqueued = createCounter();
  const ended = createCounter();
  const attempts = createCounter();
  const durations = createHistogram(ATTEMPT_BOUNDS);
  const deliveries = createCounter();
  const decisions = createCounter();
  const commits = createHistogram(COMMIT_BOUNDS);
  const store: StoreMeter = {
    synced: (tookMs) => commits.observe([], tookMs / 1_000),
    decided: (code) => decisions.add([code]),
    admitted: ({ instance, submittedBy }) => enqueued.add([instance, producerOf(submittedBy)]),
  };
  return {
    /** For the store. */
    store,
    /** Listens to the bus; call it before anything is published that should count. */
    follow(bus: Bus): void {
      bus.subscribe(({ instance, status }) => {
        if (isTerminal(status)) ended.add([instance, status]);
      });
      bus.subscribeAttempts(({ job: { instance }, outcome, startedAt, endedAt }) => {
        attempts.add([instance, outcome]);
        // The wall clock may have been set back meanwhile.
        durations.observe([instance], Math.max(0, endedAt - startedAt) / 1_000);
      });
    },
    /** These instances are told of from now on: a count that begins with its first failure would hide it from whoever looks for an increase. */
    expect(instances: Iterable<string>): void {
      for (const instance of instances) {
        for (const status of JOB_STATUSES) if (isTerminal(status)) ended.add([instance, status], 0);
        for (const outcome of ATTEMPT_OUTCOMES) attempts.add([instance, outcome], 0);
      }
    },
    /** A request to a webhook was answered. */
    delivered(webhook: string, verdict: 'accepted' | 'repeated' | RejectionReason): void {
      deliveries.add([webhook, verdict]);
    },
    measured: () => ({
      ductile_jobs_enqueued_total: enqueued.samples(),
      ductile_jobs_ended_total: ended.samples(),
      ductile_attempts_total: attempts.samples(),
      ductile_attempt_duration_seconds: durations.samples(),
      ductile_webhook_deliveries_total: deliveries.samples(),
      ductile_decisions_total: decisions.samples(),
      ductile_commit_duration_seconds: commits.samples(),
    }),
  };
}

/** `scheduler` of `scheduler:backup/nightly`. */
function producerOf(submittedBy: string): string {
  return submittedBy.split(':', 1)[0] ?? '';
}
