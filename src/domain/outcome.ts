import type { Json } from './json.ts';
import type { Leak } from './leak.ts';
import type { Response } from './response.ts';

/** Why an attempt never reached a process; none of these is retried. */
export type RefusalCode = 'unknown_command' | 'plugin_missing' | 'plugin_untrusted' | 'invalid_input';

/**
 * Whatever can become of a run: the one value that `settle` turns into a settlement.
 * - `answered`: a well-formed response; whether its exit code agrees is in the evidence.
 * - `exited`: ended by itself without a well-formed response and with a non-zero exit code.
 * - `malformed`: exit code 0, but the output is not one well-formed response (`code` `empty_output` or `invalid_output`);
 *   or, whatever the exit code, `protocol_mismatch`, `invalid_event`, `invalid_state`.
 * - `timed_out`, `cancelled`, `interrupted`: ended by the gateway.
 * - `crashed`: ended by a signal that is not ours.
 * - `output_limit`: killed for printing more than a cap allows.
 * - `spawn_failed`: the process could not be started.
 * - `refused`: never spawned, because it could not succeed.
 * - `orphaned`: the gateway ended under it.
 */
export type Outcome =
  | { readonly kind: 'answered'; readonly response: Response }
  | { readonly kind: 'exited' }
  | {
      readonly kind: 'malformed';
      readonly code: 'empty_output' | 'invalid_output' | 'protocol_mismatch' | 'invalid_event' | 'invalid_state';
      readonly message: string;
    }
  | { readonly kind: 'timed_out'; readonly timeoutMs: number }
  | { readonly kind: 'crashed'; readonly signal: string }
  | { readonly kind: 'output_limit'; readonly message: string }
  | { readonly kind: 'spawn_failed'; readonly message: string }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string }
  | { readonly kind: 'orphaned' }
  | { readonly kind: 'interrupted'; readonly started: boolean }
  | { readonly kind: 'cancelled' };

/** What a run left behind, whatever became of it; already bounded and masked. */
export interface Evidence {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly pid: number | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Head and tail, at most 64 KiB. */
  readonly stderr: string;
  /** Bytes the process wrote to stderr in all. */
  readonly stderrBytes: number;
  /** Absolute path of the fuller text (to 10 MiB); null when `stderr` is all of it. */
  readonly stderrFile: string | null;
  /** What stood on stdout, bounded; null when it was a well-formed response. */
  readonly rawOutput: string | null;
}

/** An attempt's outcome together with its evidence. */
export interface Run {
  readonly outcome: Outcome;
  readonly evidence: Evidence;
  /** Secrets that were masked in what it printed; default: none. */
  readonly leaks?: readonly Leak[];
}

/** The response as it is kept with the attempt: null with `truncated` when its JSON exceeds 256 KiB. */
export interface KeptResponse {
  readonly response: Json;
  readonly truncated: boolean;
}
