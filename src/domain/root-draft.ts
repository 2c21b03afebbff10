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
export function rootDraft({ id, instance, command, payload, submittedBy, now, ...rest }: RootRequest): JobDraft {
  return {
    id,
    instance: instance.name,
    plugin: instance.plugin,
    command,
    payload,
    priority: rest.priority ?? 0,
    maxAttempts: rest.maxAttempts ?? instance.retry.maxAttempts,
    runAt: rest.runAt ?? now,
    dedupeKey: rest.dedupeKey ?? null,
    dedupeWindowMs: rest.dedupeWindowMs,
    idempotencyKey: id,
    submittedBy,
    parentJobId: null,
    rootJobId: id,
    sourceEventId: null,
    depth: 0,
    timeoutMs: rest.timeoutMs ?? null,
    fromCore: false,
    configVersion: rest.configVersion,
    createdAt: now,
  };
}
