import type { Decision } from '../domain/decision.ts';
import { failureMessage, failureMessageAt, type UntoldFailures } from '../domain/failure-message.ts';
import { formatInstant } from '../domain/instant.ts';
import type { JobDraft } from '../domain/job.ts';
import { rootDraft } from '../domain/root-draft.ts';
import { isStorageRefusal } from '../domain/storage-refusal.ts';
import type { EngineParts } from './parts.ts';

/** Who submits the jobs that tell of failures. */
export const TELLER = 'core:on_failure';

/** How soon it looks again after it could not, in milliseconds. */
const SOON_MS = 1_000;

/** Tells the target of `service.on_failure` what went wrong, many failures in one message. */
export interface FailureMessages {
  /** Looks now: after a start and after a reload. */
  look(): Promise<void>;
  /** Something may have gone wrong; cheap while a message is waited for. */
  hear(): void;
  stop(): Promise<void>;
}

/** Messages about what the store noted; sleeps until one is due. `wake` is called when there is one. */
export function createFailureMessages(parts: EngineParts, wake: () => void): FailureMessages {
  const { store, clock } = parts;
  const log = parts.log.child('on_failure');
  let stopped = false;
  /** Set while a look is to come in any case. */
  let cancelTimer: (() => void) | null = null;
  let looking: Promise<void> = Promise.resolve();
  /** Set until the latest look has begun: what happens before that is seen by it. */
  let queued = false;

  function look(): Promise<void> {
    cancelTimer?.();
    cancelTimer = null;
    queued = true;
    looking = looking.then(async () => {
      queued = false;
      if (stopped) return;
      try {
        await examine();
      } catch (error) {
        // Of its own refusals the store tells, once for everybody.
        if (!isStorageRefusal(error)) {
          const why = error instanceof Error ? error.message : error;
          log.warn('failures could not be told of; trying again soon', { error: why });
        }
        lookAt(clock.now() + SOON_MS);
      }
    });
    return looking;
  }

  async function examine(): Promise<void> {
    const since = await store.read.untoldSince();
    if (since === null) return;
    const dueAt = failureMessageAt(since, clock.now());
    if (clock.now() < dueAt) {
      lookAt(dueAt);
      return;
    }
    const failures = await store.read.untoldFailures();
    if (failures !== null) await tell(failures);
    // What came meanwhile is for the next message.
    void look();
  }

  async function tell(failures: UntoldFailures): Promise<void> {
    const at = clock.now();
    const draft = draftOf(failures, at);
    const decisions = draft === null ? [untold(failures, at)] : [];
    const { kind } = await store.commit({ kind: 'tell_failures', upTo: failures.upTo, draft, decisions, at });
    if (kind === 'stale') return;
    for (const { text, instance } of decisions) log.warn(text, instance === null ? {} : { instance });
    if (draft === null) return;
    const { id, command } = draft;
    log.info(`a message tells of ${failures.count} failures`, { job_id: id, instance: draft.instance, command });
    wake();
  }

  /** Null: there is nobody to tell. */
  function draftOf(failures: UntoldFailures, now: number): JobDraft | null {
    const { service, instances, version } = parts.snapshot();
    const target = service.onFailure;
    const instance = target === null ? undefined : instances.get(target.instance);
    if (target === null || instance === undefined || !instance.enabled) return null;
    const draft = rootDraft({
      id: parts.newId(),
      instance,
      command: target.command,
      payload: failureMessage(service.name, failures),
      submittedBy: TELLER,
      dedupeWindowMs: service.dedupeWindowMs,
      configVersion: version,
      now,
    });
    // What comes of a message, its own failure too, is in no message.
    return { ...draft, fromCore: true };
  }

  function untold({ count, firstAt }: UntoldFailures, at: number): Decision {
    const instance = parts.snapshot().service.onFailure?.instance ?? null;
    return {
      code: 'failures_untold',
      at,
      text: `nobody was told of ${count} failure${count === 1 ? '' : 's'}: the instance of service.on_failure is disabled`,
      jobId: null,
      eventId: null,
      instance,
      schedule: null,
      route: null,
      values: { count, first_at: formatInstant(firstAt) },
      collapseKey: 'failures_untold',
    };
  }

  function lookAt(at: number): void {
    if (stopped || cancelTimer !== null) return;
    cancelTimer = clock.at(at, () => void look());
  }

  return {
    look,
    hear() {
      if (cancelTimer === null && !queued) void look();
    },
    async stop() {
      stopped = true;
      cancelTimer?.();
      await looking;
    },
  };
}
