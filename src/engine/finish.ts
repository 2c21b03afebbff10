import { OperatorError } from '../domain/errors.ts';
import type { Job } from '../domain/job.ts';
import type { KeptResponse, Run } from '../domain/outcome.ts';
import { settle } from '../domain/settle.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { logDecisions } from './log-decisions.ts';
import { type EngineParts, settleContext } from './parts.ts';

/** How long to wait before a finish is tried again when the storage refuses it, in milliseconds. */
const STORAGE_RETRY_MS = 1_000;

/** An attempt that is over, about to be settled. */
export interface Ended {
  readonly job: Job;
  readonly run: Run;
  readonly kept: KeptResponse;
  readonly stateVersion: number;
  /** The snapshot the attempt ran with. */
  readonly snapshot: Snapshot;
}

/**
 * Settles an attempt and commits its finish, then tells the bus. While the storage refuses, it tries again, so that
 * no outcome is lost; when `giveUp` aborts first, the row stays `running` and the next start settles it as orphaned.
 */
export async function finish(parts: EngineParts, ended: Ended, giveUp: AbortSignal): Promise<void> {
  const { store, log, bus, directories } = parts;
  const { job } = ended;
  const about = { job_id: job.id, instance: job.instance, command: job.command, attempt: job.attempt };
  const settlement = settle({
    ...ended,
    context: settleContext(parts.snapshot()),
    configVersion: ended.snapshot.version,
    now: parts.clock.now(),
    random: parts.random(),
    newId: parts.newId,
  });
  const result = await untilStored(parts, giveUp, () =>
    store.commit({ kind: 'finish', jobId: job.id, attempt: job.attempt, settlement }),
  );
  if (result === null) {
    log.error('the end of an attempt could not be stored; the next start will run the job again', about);
    return;
  }
  switch (result.kind) {
    case 'stale':
      log.warn('a late end of an attempt was ignored: the job has moved on', about);
      return;
    case 'state_too_large': {
      const message = `the state would be ${result.bytes} bytes after the merge; the limit is ${settlement.stateLimitBytes}`;
      const outcome = { kind: 'malformed', code: 'invalid_state', message } as const;
      return finish(parts, { ...ended, run: { ...ended.run, outcome } }, giveUp);
    }
    case 'finished': {
      for (const entry of settlement.attempt.logs) log[entry.level](entry.message, { ...about, ...entry.fields });
      const ms = ended.run.evidence.endedAt - ended.run.evidence.startedAt;
      const summary = { ...about, outcome: settlement.attempt.outcome, status: settlement.status, duration_ms: ms };
      if (settlement.lastError === null) log.info('attempt succeeded', summary);
      else log.warn(`attempt ${settlement.attempt.outcome}: ${settlement.lastError.message}`, summary);
      settlement.events.forEach((routed, i) => {
        if (result.events[i]?.duplicate !== true) logDecisions(log, routed.decisions);
      });
      if (result.lineageDone) directories.removeWorkspace(job.rootJobId);
      bus.publish({
        jobId: job.id,
        instance: job.instance,
        command: job.command,
        status: settlement.status,
        attempt: job.attempt,
      });
      return;
    }
    default:
      return result satisfies never;
  }
}

async function untilStored<T>(parts: EngineParts, giveUp: AbortSignal, commit: () => Promise<T>): Promise<T | null> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await commit();
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code !== 'storage_unavailable') throw error;
      if (failures === 0)
        parts.log.error('the storage refused the end of an attempt; trying again', { error: error.message });
      if (giveUp.aborted) return null;
      await delay(parts, STORAGE_RETRY_MS, giveUp);
    }
  }
}

function delay({ clock }: EngineParts, ms: number, giveUp: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      giveUp.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    giveUp.addEventListener('abort', done, { once: true });
  });
}
