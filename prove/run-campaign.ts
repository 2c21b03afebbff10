import { BrokenPromise } from './broken-promise.ts';
import type { Campaign, CampaignResult } from './campaign.ts';
import { type Progress, withChunk } from './progress.ts';

/** What became of a run. */
export interface CampaignRun extends Progress {
  /** Why the campaign itself failed, rather than a promise; null: it did not. */
  readonly brokeOff: string | null;
}

/**
 * Goes on with a run, chunk by chunk, until all its rounds are done, a promise is broken or the campaign breaks off;
 * `keep` is given the progress after every chunk that found nothing.
 */
export async function runCampaign(
  campaign: Pick<Campaign, 'chunk' | 'figures' | 'run'>,
  begun: Progress,
  { from = 0, say, keep }: { from?: number; say: (text: string) => void; keep: (progress: Progress) => void },
): Promise<CampaignRun> {
  let progress = begun;
  while (progress.rounds < progress.of) {
    const rounds = Math.min(campaign.chunk ?? progress.of, progress.of - progress.rounds);
    const done = from + progress.rounds;
    const startedAt = performance.now();
    const tell = (text: string): void => say(progress.rounds === 0 ? text : `after ${progress.rounds} rounds: ${text}`);
    const options = { rounds, seed: begun.seed + done, from: done, say: tell };
    const result = await campaign.run(options).catch(brokenPromise);
    if (result instanceof Error) {
      return { ...progress, brokeOff: `at round ${done + 1} or later: ${result.stack ?? result.message}` };
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    const where = `(--seed ${begun.seed + done} --from ${done} --rounds ${rounds})`;
    const violations = result.violations.map((text) => (campaign.chunk === undefined ? text : `${text} ${where}`));
    progress = withChunk(progress, { rounds, seconds, result: { ...result, violations } }, campaign.figures);
    if (violations.length > 0) break;
    keep(progress);
  }
  return { ...progress, brokeOff: null };
}

/** What has not happened in time is a finding; anything else that is thrown is a fault of the campaign. */
function brokenPromise(error: unknown): CampaignResult | Error {
  if (error instanceof BrokenPromise) return { faults: 0, figures: {}, violations: [error.message] };
  return error instanceof Error ? error : new Error(String(error));
}

/** A run that was completed, with what does not hold of the whole of it. */
export function withWhole({ whole = () => [] }: Pick<Campaign, 'whole'>, run: CampaignRun): CampaignRun {
  if (run.rounds < run.of) return run;
  const violations = [...run.result.violations, ...whole(run.result)];
  return { ...run, result: { ...run.result, violations } };
}

/** Whether a run has passed: every round done, at least one fault injected, no promise broken. */
export function hasPassed({ brokeOff, rounds, of, result }: CampaignRun, size: 'short' | 'full'): boolean {
  const complete = brokeOff === null && rounds === of && result.faults > 0 && result.violations.length === 0;
  return complete && (size === 'short' || result.skipped.length === 0);
}
