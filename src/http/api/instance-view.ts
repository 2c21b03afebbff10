import { timeoutFor } from '../../domain/instance.ts';
import type { JobStatus } from '../../domain/job.ts';
import type { InstanceView, QueueCounts, RetryingView } from '../../engine/operations.ts';
import { heldView } from './held-view.ts';
import { instant } from './instant-view.ts';

/** An instance with its plugin, limits, queue and breakers; its config is not shown. */
export function instanceView({ instance, counts, retrying, held, standing, breakers }: InstanceView) {
  return {
    instance: instance.name,
    plugin: instance.plugin,
    version: instance.manifest.version,
    description: instance.manifest.description,
    enabled: instance.enabled,
    directory: instance.program.kind === 'plugin' ? instance.program.dir : null,
    concurrency: instance.concurrency,
    rate_limit:
      instance.rateLimit === null ? null : { count: instance.rateLimit.count, per_ms: instance.rateLimit.perMs },
    retry: { max_attempts: instance.retry.maxAttempts, base_ms: instance.retry.baseMs, cap_ms: instance.retry.capMs },
    commands: [...instance.manifest.commands.values()].map((command) => ({
      command: command.name,
      description: command.description,
      idempotent: command.idempotent,
      timeout_ms: timeoutFor(instance, command.name, null),
      input_schema: command.inputSchema,
    })),
    events: [...instance.manifest.events.values()].map((event) => ({ type: event.type, schema: event.schema })),
    config_keys: instance.manifest.configKeys,
    counts: countsView(counts, [retrying]),
    paused_at: instant(standing?.pausedAt ?? null),
    unhealthy_since: instant(standing?.unhealthyAt ?? null),
    init_job_id: standing?.initJobId ?? null,
    held: heldView(held),
    breakers: breakers.map((breaker) => ({
      command: breaker.command,
      state: breaker.state,
      failures: breaker.failures,
      opened_at: instant(breaker.openedAt),
    })),
  };
}

/**
 * Jobs by status: active ones in all, ended ones of the last 24 hours; `retrying` are those of the queued ones that wait
 * for their next try. `capped` names the numbers that are lower bounds, `retrying_capped` says it of `retrying`.
 */
export function countsView(counts: readonly QueueCounts[], retrying: readonly RetryingView[]) {
  const total = { queued: 0, running: 0, succeeded: 0, failed: 0, dead: 0, cancelled: 0 };
  const capped = new Set<JobStatus>();
  for (const row of counts) {
    total[row.status] += row.count;
    if (row.capped) capped.add(row.status);
  }
  return {
    ...total,
    retrying: retrying.reduce((sum, { count }) => sum + count, 0),
    ...(capped.size === 0 ? {} : { capped: [...capped] }),
    ...(retrying.some((one) => one.capped) ? { retrying_capped: true } : {}),
  };
}
