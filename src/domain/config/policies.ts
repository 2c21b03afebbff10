import type { z } from 'zod';
import {
  type BreakerPolicy,
  type Containment,
  DEFAULT_LIMITS,
  type Limits,
  type RateLimit,
  type RetryPolicy,
} from '../instance.ts';
import { mergeContainment, type WrittenContainment } from './containment.ts';
import { duration, mapOf, matching, section, size, whole } from './scalars.ts';

/** The longest time limit of an attempt: seven days. */
export const LONGEST_TIMEOUT_MS = 7 * 86_400_000;

const commandName = matching(/^[a-z][a-z0-9_.-]{0,63}$/i, {
  expected: 'the name of a command',
  problem: 'invalid_name',
  kind: 'command',
});

/** A time limit: more than nothing, at most seven days. */
export const timeoutSchema = duration({ min: 1, max: LONGEST_TIMEOUT_MS });

/** `timeouts:` by command. */
export const timeoutsSchema = mapOf(commandName, timeoutSchema, 'a map of commands and durations').describe(
  'Time limit of an attempt by command, up to 7d. Built in: poll 60s, handle 120s, health 10s, init 30s, others 60s.',
);

/** `retry:`. */
export const retrySchema = section(
  {
    max_attempts: whole(1, 1_000).optional().describe('Attempts that may fail before the job is dead. Built in: 5.'),
    base: duration({ min: 1 })
      .optional()
      .describe('Delay after the first failure; it doubles with each one. Built in: 30s.'),
    cap: duration({ min: 1 }).optional().describe('The longest delay. Built in: 30m.'),
  },
  'a map with `max_attempts`, `base` and `cap`',
).describe('How failed attempts are retried.');

/** `breaker:`. */
export const breakerSchema = section(
  {
    threshold: whole(1, 1_000)
      .optional()
      .describe('Scheduled jobs in a row that must fail to open the breaker. Built in: 3.'),
    reset_after: duration({ min: 1 })
      .optional()
      .describe('How long it stays open before the next slot is let through. Built in: 30m.'),
  },
  'a map with `threshold` and `reset_after`',
).describe('When the schedules of a failing command pause.');

/** `rate_limit:`. */
export const rateLimitSchema = section(
  {
    count: whole(1, 1_000_000).describe('Starts per span.'),
    per: duration({ min: 1, max: 366 * 86_400_000 }).describe('The span.'),
  },
  'a map with `count` and `per`',
).describe('At most so many starts per span.');

/** `limits:`. */
export const limitsSchema = section(
  {
    stdout: size({ max: 2 ** 30 })
      .optional()
      .describe('Bytes of standard output. Built in: 10MiB.'),
    stdout_tokens: whole(1, 100_000_000).optional().describe('JSON tokens of standard output. Built in: 200000.'),
    stderr: size({ max: 2 ** 26 })
      .optional()
      .describe('Bytes of standard error kept with the attempt. Built in: 64KiB.'),
    log_entries: whole(0, 1_000_000).optional().describe('Log entries of a response. Built in: 1000.'),
    logs: size({ max: 2 ** 26 })
      .optional()
      .describe('Bytes of the log entries of a response. Built in: 256KiB.'),
    state: size({ max: 2 ** 30 })
      .optional()
      .describe("Bytes of the instance's state. Built in: 1MiB."),
    event_payload: size({ max: 2 ** 30 })
      .optional()
      .describe("Bytes of one event's payload. Built in: 1MiB."),
    events: whole(0, 1_000_000).optional().describe('Events of a response. Built in: 1000.'),
    json_depth: whole(1, 1_000).optional().describe('Nesting of JSON. Built in: 64.'),
    job_payload: size({ max: 2 ** 30 })
      .optional()
      .describe("Bytes of a job's payload. Built in: 1MiB."),
    memory: size().optional().describe('Address space of each process. Built in: what the gateway has.'),
    cpu_time: duration({ min: 1_000 })
      .optional()
      .describe('Processor time of each process, in whole seconds. Built in: no limit.'),
    open_files: whole(3, 1_048_576).optional().describe('Open files of each process. Built in: what the gateway has.'),
    file_size: size().optional().describe('Bytes of a file that a process writes. Built in: no limit.'),
    processes: whole(1, 4_194_304)
      .optional()
      .describe("Processes of the user; the superuser's are not bound by it. Built in: what the gateway has."),
  },
  'a map of limits',
).describe('Caps on what one attempt may produce and use.');

/** The policies as they stand in `defaults:` or under an instance; what is missing is inherited. */
export interface PolicyLayer {
  readonly retry?: z.output<typeof retrySchema> | undefined;
  readonly breaker?: z.output<typeof breakerSchema> | undefined;
  readonly timeouts?: Readonly<Record<string, number>> | undefined;
  readonly limits?: z.output<typeof limitsSchema> | undefined;
  readonly rate_limit?: z.output<typeof rateLimitSchema> | undefined;
  readonly containment?: WrittenContainment | undefined;
}

/** The policies of an instance, complete; spans in milliseconds. */
export interface Policies {
  readonly retry: RetryPolicy;
  readonly breaker: BreakerPolicy;
  readonly rateLimit: RateLimit | null;
  readonly timeouts: Readonly<Record<string, number>>;
  readonly defaultTimeoutMs: number;
  readonly limits: Limits;
  readonly containment: Containment;
}

const BUILT_IN_TIMEOUTS: Readonly<Record<string, number>> = {
  poll: 60_000,
  handle: 120_000,
  health: 10_000,
  init: 30_000,
};
const OTHER_TIMEOUT_MS = 60_000;

/** Built-in values, then each layer over the ones before it, key by key. */
export function mergePolicies(...layers: readonly PolicyLayer[]): Policies {
  const merged = layers.reduce<PolicyLayer>(
    (over, layer) => ({
      retry: overlay(over.retry, layer.retry),
      breaker: overlay(over.breaker, layer.breaker),
      timeouts: overlay(over.timeouts, layer.timeouts),
      limits: overlay(over.limits, layer.limits),
      rate_limit: layer.rate_limit ?? over.rate_limit,
    }),
    {},
  );
  const { retry = {}, breaker = {}, timeouts = {}, limits = {}, rate_limit: rate } = merged;
  return {
    retry: { maxAttempts: retry.max_attempts ?? 5, baseMs: retry.base ?? 30_000, capMs: retry.cap ?? 1_800_000 },
    breaker: { threshold: breaker.threshold ?? 3, resetAfterMs: breaker.reset_after ?? 1_800_000 },
    rateLimit: rate === undefined ? null : { count: rate.count, perMs: rate.per },
    timeouts: { ...BUILT_IN_TIMEOUTS, ...timeouts },
    defaultTimeoutMs: OTHER_TIMEOUT_MS,
    containment: mergeContainment(layers.map(({ containment }) => containment)),
    limits: {
      stdoutBytes: limits.stdout ?? DEFAULT_LIMITS.stdoutBytes,
      stdoutTokens: limits.stdout_tokens ?? DEFAULT_LIMITS.stdoutTokens,
      stderrBytes: limits.stderr ?? DEFAULT_LIMITS.stderrBytes,
      logEntries: limits.log_entries ?? DEFAULT_LIMITS.logEntries,
      logBytes: limits.logs ?? DEFAULT_LIMITS.logBytes,
      stateBytes: limits.state ?? DEFAULT_LIMITS.stateBytes,
      eventPayloadBytes: limits.event_payload ?? DEFAULT_LIMITS.eventPayloadBytes,
      events: limits.events ?? DEFAULT_LIMITS.events,
      jsonDepth: limits.json_depth ?? DEFAULT_LIMITS.jsonDepth,
      jobPayloadBytes: limits.job_payload ?? DEFAULT_LIMITS.jobPayloadBytes,
      memoryBytes: limits.memory ?? DEFAULT_LIMITS.memoryBytes,
      cpuSeconds: limits.cpu_time === undefined ? DEFAULT_LIMITS.cpuSeconds : Math.ceil(limits.cpu_time / 1_000),
      openFiles: limits.open_files ?? DEFAULT_LIMITS.openFiles,
      fileBytes: limits.file_size ?? DEFAULT_LIMITS.fileBytes,
      processes: limits.processes ?? DEFAULT_LIMITS.processes,
    },
  };
}

function overlay<T extends object>(under: T | undefined, over: T | undefined): T | undefined {
  if (under === undefined) return over;
  return over === undefined ? under : { ...under, ...over };
}
