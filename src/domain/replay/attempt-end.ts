import type { Instance } from '../instance.ts';
import type { AttemptOutcome, JobError } from '../job.ts';
import type { Json, JsonObject } from '../json.ts';
import { jsonBytes } from '../json-size.ts';
import type { KeptResponse, Outcome, Run } from '../outcome.ts';
import type { Redactor } from '../redact.ts';
import { judge } from '../retry.ts';
import type { AttemptRecord } from '../settlement.ts';

/** How an attempt ended, as far as two ends can be compared. Everything is masked. */
export interface AttemptEnd extends KeptResponse {
  readonly outcome: AttemptOutcome;
  /** Null only when it succeeded. */
  readonly error: JobError | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
  readonly stderr: string;
  /** What stood on stdout when it was no response. */
  readonly rawOutput: string | null;
}

/** The end of an attempt that was recorded. */
export function recordedEnd(record: AttemptRecord): AttemptEnd {
  const { outcome, error, exitCode, signal, response, truncated, stderr, rawOutput, startedAt, endedAt } = record;
  return { outcome, error, exitCode, signal, response, truncated, stderr, rawOutput, durationMs: endedAt - startedAt };
}

/** The end that a run would have been recorded with. */
export function endOf(
  { outcome: ran, evidence, response, truncated }: Run & KeptResponse,
  about: {
    readonly instance: Instance;
    readonly command: string;
    /** What the request carried. */
    readonly state: JsonObject;
    readonly redactor: Redactor;
  },
): AttemptEnd {
  const { instance, command, state, redactor } = about;
  const idempotent = instance.manifest.commands.get(command)?.idempotent ?? true;
  const speaks = instance.program.kind === 'exec' ? 'exit_code' : 'protocol';
  const { outcome, error } = judge(tooLarge(ran, { state, limit: instance.limits.stateBytes }), evidence, {
    idempotent,
    speaks,
  });
  return {
    outcome,
    error: error === null ? null : { code: error.code, message: redactor.text(error.message) },
    exitCode: evidence.exitCode,
    signal: evidence.signal,
    response,
    truncated,
    stderr: evidence.stderr,
    rawOutput: evidence.rawOutput,
    durationMs: evidence.endedAt - evidence.startedAt,
  };
}

/** The merge of state updates is refused by the store, which a replay does not write to. */
function tooLarge(outcome: Outcome, { state, limit }: { readonly state: JsonObject; readonly limit: number }): Outcome {
  if (outcome.kind !== 'answered' || outcome.response.stateUpdates === null) return outcome;
  const merged = [...Object.entries(state), ...Object.entries(outcome.response.stateUpdates)];
  const after = new Map<string, Json>(merged);
  const bytes = jsonBytes(Object.fromEntries([...after].filter(([, value]) => value !== null)));
  if (bytes <= limit) return outcome;
  const message = `the state would be ${bytes} bytes after the merge; the limit is ${limit}`;
  return { kind: 'malformed', code: 'invalid_state', message };
}
