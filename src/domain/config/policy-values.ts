import type { Instance } from '../instance.ts';
import type { Json } from '../json.ts';
import { formatDuration, formatSize } from '../units.ts';
import type { Path } from './finding.ts';

/** A value that an instance runs with: the key it would be set by, from the instance down, and how it would be written. */
export interface PolicyValue {
  readonly path: Path;
  readonly value: Json;
}

/** What an instance runs with whether it sets it itself, inherits it, or nobody says so. What nothing bounds is left out. */
export function policyValues(instance: Instance): readonly PolicyValue[] {
  const { retry, breaker, limits, containment, rateLimit, timeouts, runAs } = instance;
  const size = (bytes: number | null): Json => (bytes === null ? null : formatSize(bytes));
  const all: readonly (readonly [Path, Json])[] = [
    [['uses'], instance.plugin],
    [['enabled'], instance.enabled],
    [['concurrency'], instance.concurrency],
    [['rate_limit', 'count'], rateLimit?.count ?? null],
    [['rate_limit', 'per'], rateLimit === null ? null : formatDuration(rateLimit.perMs)],
    [['retry', 'max_attempts'], retry.maxAttempts],
    [['retry', 'base'], formatDuration(retry.baseMs)],
    [['retry', 'cap'], formatDuration(retry.capMs)],
    [['breaker', 'threshold'], breaker.threshold],
    [['breaker', 'reset_after'], formatDuration(breaker.resetAfterMs)],
    ...Object.entries(timeouts).map(([name, ms]) => [['timeouts', name], formatDuration(ms)] as const),
    [['limits', 'stdout'], size(limits.stdoutBytes)],
    [['limits', 'stdout_tokens'], limits.stdoutTokens],
    [['limits', 'stderr'], size(limits.stderrBytes)],
    [['limits', 'log_entries'], limits.logEntries],
    [['limits', 'logs'], size(limits.logBytes)],
    [['limits', 'state'], size(limits.stateBytes)],
    [['limits', 'event_payload'], size(limits.eventPayloadBytes)],
    [['limits', 'events'], limits.events],
    [['limits', 'json_depth'], limits.jsonDepth],
    [['limits', 'job_payload'], size(limits.jobPayloadBytes)],
    [['limits', 'memory'], size(limits.memoryBytes)],
    [['limits', 'cpu_time'], limits.cpuSeconds === null ? null : formatDuration(limits.cpuSeconds * 1_000)],
    [['limits', 'open_files'], limits.openFiles],
    [['limits', 'file_size'], size(limits.fileBytes)],
    [['limits', 'processes'], limits.processes],
    [['containment', 'tier'], containment.tier],
    [['containment', 'network'], containment.network],
    [['containment', 'no_new_privs'], containment.noNewPrivs],
    [['run_as'], runAs],
  ];
  return all.flatMap(([path, value]) => (value === null ? [] : [{ path, value }]));
}
