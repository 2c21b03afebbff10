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
    let result: CampaignResult;
    try {
      result = await campaign.run({ rounds, seed: begun.seed + done, from: done, say: tell });
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { ...progress, brokeOff: `at round ${done + 1} or later: ${why}` };
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

/** Whether a run has passed: every round done, at least one fault injected, no promise broken. */
export function hasPassed({ brokeOff, rounds, of, result }: CampaignRun, size: 'short' | 'full'): boolean {
  const complete = brokeOff === null && rounds === of && result.faults > 0 && result.violations.length === 0;
  return complete && (size === 'short' || result.skipped.length === 0);
}
