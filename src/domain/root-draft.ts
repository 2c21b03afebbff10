import type { Instance } from './instance.ts';
import type { JobDraft } from './job.ts';
import type { Json } from './json.ts';

/** What a producer outside the routes wants run, and under which settings. */
export interface RootRequest {
  readonly id: string;
  readonly instance: Instance;
  readonly command: string;
  readonly payload: Json;
  readonly submittedBy: string;
  readonly dedupeWindowMs: number;
  readonly configVersion: string;
  readonly now: number;
  /** Default: now. */
  readonly runAt?: number | undefined;
  readonly priority?: number | undefined;
  /** Default: the instance's. */
  readonly maxAttempts?: number | undefined;
  readonly timeoutMs?: number | null | undefined;
  readonly dedupeKey?: string | null | undefined;
}

/** The draft of a job that starts a lineage of its own. */
export function rootDraft(request: RootRequest): JobDraft {
  const { id, instance, command, payload, submittedBy, now } = request;
  return {
    id,
    instance: instance.name,
    plugin: instance.plugin,
    command,
    payload,
    priority: request.priority ?? 0,
    maxAttempts: request.maxAttempts ?? instance.retry.maxAttempts,
    runAt: request.runAt ?? now,
    dedupeKey: request.dedupeKey ?? null,
    dedupeWindowMs: request.dedupeWindowMs,
    idempotencyKey: id,
    submittedBy,
    parentJobId: null,
    rootJobId: id,
    sourceEventId: null,
    depth: 0,
    timeoutMs: request.timeoutMs ?? null,
    fromCore: false,
    configVersion: request.configVersion,
    createdAt: now,
  };
}
