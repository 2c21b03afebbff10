import type { DecisionCode } from '../../domain/decision.ts';
import type { JobDraft } from '../../domain/job.ts';

/** Hears of what was committed, for metrics. What it does must be cheap and never throw. */
export interface StoreMeter {
  /** A transaction was synced; it took that long, the sync included. */
  synced(tookMs: number): void;
  /** A decision was recorded. */
  decided(code: DecisionCode): void;
  /** A draft became a job. */
  admitted(draft: Pick<JobDraft, 'instance' | 'submittedBy'>): void;
}

/** Hears of nothing. */
export const NO_METER: StoreMeter = { synced() {}, decided() {}, admitted() {} };
