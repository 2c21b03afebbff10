import { formatInstant } from '../../domain/instant.ts';
import type { BulkAction, BulkResult } from '../../engine/bulk.ts';
import type { DeadGroup } from '../../engine/desk-operations.ts';
import { instant } from './instant-view.ts';

/** Dead letters with one fingerprint. */
export function deadGroupView(group: DeadGroup) {
  return {
    fingerprint: group.fingerprint,
    instance: group.instance,
    command: group.command,
    code: group.code,
    message: group.message,
    count: group.count,
    first_at: formatInstant(group.firstAt),
    last_at: formatInstant(group.lastAt),
    job_ids: group.jobIds,
  };
}

/** What became of many jobs, each of which was there at `asOf`. */
export function bulkView(
  { items, next, nextRunAt }: BulkResult,
  { action, dryRun, asOf }: { readonly action: BulkAction; readonly dryRun: boolean; readonly asOf: number },
) {
  const done = items.filter(({ error }) => error === null).length;
  return {
    action,
    dry_run: dryRun,
    done,
    failed: items.length - done,
    jobs: items.map(({ jobId, replayJobId, runAt, error }) => ({
      job_id: jobId,
      replay_job_id: replayJobId,
      run_at: instant(runAt),
      error,
    })),
    as_of: formatInstant(asOf),
    next_cursor: next === null ? null : String(next),
    next_run_at: instant(nextRunAt),
  };
}
