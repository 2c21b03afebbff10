import type { JsonObject } from './json.ts';
import type { Manifest } from './manifest.ts';

/** How failed attempts are retried; spans in milliseconds. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly baseMs: number;
  readonly capMs: number;
}

/** When a schedule stops trying: after `threshold` failures in a row, for `resetAfterMs`. */
export interface BreakerPolicy {
  readonly threshold: number;
  readonly resetAfterMs: number;
}

/** At most `count` starts per `perMs`, evenly spread with bursts of up to `count` (GCRA). */
export interface RateLimit {
  readonly count: number;
  readonly perMs: number;
}

/** How far the processes of an attempt are kept from the rest of the machine. */
export interface Containment {
  readonly tier: 'group' | 'pidns' | 'bwrap';
  /** False: none, in `bwrap`. */
  readonly network: boolean;
  /** Null: not said, so they may not gain privileges wherever the system can be asked to see to it. */
  readonly noNewPrivs: boolean | null;
}

/** What the system lets each process of an attempt have; null: what the gateway has. */
export interface ResourceLimits {
  /** Address space. */
  readonly memoryBytes: number | null;
  readonly cpuSeconds: number | null;
  readonly openFiles: number | null;
  /** Of each file it writes. */
  readonly fileBytes: number | null;
  /** Of its user, the superuser excepted. */
  readonly processes: number | null;
}

/** Caps on what one attempt may produce and use; bytes unless named otherwise. */
export interface Limits extends ResourceLimits {
  readonly stdoutBytes: number;
  readonly stdoutTokens: number;
  readonly stderrBytes: number;
  readonly logEntries: number;
  readonly logBytes: number;
  readonly stateBytes: number;
  readonly eventPayloadBytes: number;
  readonly events: number;
  readonly jsonDepth: number;
  readonly jobPayloadBytes: number;
}

/** The defaults of `limits:`. */
export const DEFAULT_LIMITS: Limits = {
  stdoutBytes: 10 * 1_048_576,
  stdoutTokens: 200_000,
  stderrBytes: 65_536,
  logEntries: 1_000,
  logBytes: 262_144,
  stateBytes: 1_048_576,
  eventPayloadBytes: 1_048_576,
  events: 1_000,
  jsonDepth: 64,
  jobPayloadBytes: 1_048_576,
  memoryBytes: null,
  cpuSeconds: null,
  openFiles: null,
  fileBytes: null,
  processes: null,
};

/** How `uses: exec` runs an ordinary command: exactly one of `argv` and `shell`. */
export interface ExecConfig {
  readonly argv: readonly string[] | null;
  readonly shell: string | null;
  readonly stdin: 'none' | 'payload';
  readonly env: Readonly<Record<string, string>>;
  /** Event type made of a successful run; null: none. */
  readonly emit: string | null;
  /** False: at most once, see `idempotent` in the manifest. */
  readonly idempotent: boolean;
}

/** The executable behind an instance. */
export type Program =
  | {
      readonly kind: 'plugin';
      /** Absolute path of the plugins directory it was found under. */
      readonly root: string;
      /** Absolute path of the plugin's directory. */
      readonly dir: string;
      /** Absolute path of the executable. */
      readonly entrypoint: string;
      /** What its files must be, as `hashPlugin` gives it; missing: not checked. */
      readonly locked?: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'exec'; readonly exec: ExecConfig };

/** A configured use of a plugin: the unit of caps, state, breakers and routes. */
export interface Instance {
  readonly name: string;
  /** The plugin's directory name, or `exec`. */
  readonly plugin: string;
  readonly enabled: boolean;
  readonly manifest: Manifest;
  readonly program: Program;
  /** Resolved, secrets included. */
  readonly config: JsonObject;
  readonly env: Readonly<Record<string, string>>;
  readonly concurrency: number;
  readonly rateLimit: RateLimit | null;
  readonly retry: RetryPolicy;
  readonly breaker: BreakerPolicy;
  /** Time limit per command, in milliseconds; others take `defaultTimeoutMs`. */
  readonly timeouts: Readonly<Record<string, number>>;
  readonly defaultTimeoutMs: number;
  readonly limits: Limits;
  readonly containment: Containment;
  /** Name or number of the user its processes run as; null: the gateway's. */
  readonly runAs: string | null;
  /** Stands for what `init` must have succeeded with: plugin, version and config. Null: the plugin has no `init`. */
  readonly initHash: string | null;
}

/** Time limit of one attempt in milliseconds: the producer's own, else the instance's for the command. */
export function timeoutFor(instance: Instance, command: string, own: number | null): number {
  if (own !== null) return own;
  const configured = Object.hasOwn(instance.timeouts, command) ? instance.timeouts[command] : undefined;
  return configured ?? instance.defaultTimeoutMs;
}
