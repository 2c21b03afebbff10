import type { ExecConfig } from '../domain/instance.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { KeptResponse, Outcome, Run } from '../domain/outcome.ts';
import { scanJson } from '../domain/protocol/json-scan.ts';
import type { Redactor } from '../domain/redact.ts';
import type { Response } from '../domain/response.ts';
import { findProgram } from '../platform/find-program.ts';
import type { AttemptInput } from './attempt-input.ts';
import { endingOf } from './ending.ts';
import { evidenceOf, withoutProcess } from './evidence.ts';
import { keptResponse } from './kept-response.ts';
import type { LaunchedAttempt } from './launch.ts';
import { bytesForTail, maskedTail, tailText } from './masked-output.ts';
import { rawOutputOf } from './raw-output.ts';
import type { ProcessResult } from './run-process.ts';

/** How much of the tail of stdout is the result. */
const RESULT_BYTES = 65_536;

/** Runs an ordinary command, without any protocol: exit code 0 is success and the tail of stdout the result. */
export async function runExec(attempt: LaunchedAttempt & { readonly exec: ExecConfig }): Promise<Run & KeptResponse> {
  const { input, exec, launch, leaks, timeoutMs, path, now } = attempt;
  const { job, instance, stderrFile } = input;
  const redactor = leaks.at('stdout', input.redactor);
  const { limits } = instance;
  const env = environmentOf(input, exec);
  const argv = commandLine(exec, { path: env.PATH ?? path, cwd: input.cwd });
  if (!argv.ok)
    return withoutProcess({ kind: 'spawn_failed', message: argv.message }, { startedAt: now, endedAt: now });
  const { stdoutBytes } = limits;
  const result = await launch({
    argv: argv.value,
    stdin: exec.stdin === 'payload' ? Buffer.from(`${JSON.stringify(job.payload)}\n`) : null,
    env,
    stdoutBytes,
    stdoutKeep: Math.max(bytesForTail(RESULT_BYTES), exec.emit === null ? 0 : limits.eventPayloadBytes),
  });
  const ending = endingOf(result, { timeoutMs, stdoutBytes, limits });
  const failure: Outcome | null = ending ?? (result.exitCode === 0 ? null : { kind: 'exited' });
  if (failure !== null) {
    const rawOutput = await rawOutputOf(Buffer.from(tailOf(result, redactor)), redactor);
    const evidence = evidenceOf(result, { stderrFile, rawOutput });
    return { outcome: failure, evidence, response: null, truncated: false };
  }
  const response = answer(result, exec, { ...input, redactor });
  return {
    outcome: { kind: 'answered', response },
    evidence: evidenceOf(result, { stderrFile, rawOutput: null }),
    ...keptResponse(asWritten(response), { redactor: input.redactor, leaks }),
  };
}

function environmentOf({ job, instance, workspace }: AttemptInput, exec: ExecConfig): Record<string, string> {
  return {
    ...instance.env,
    ...exec.env,
    DUCTILE_JOB_ID: job.id,
    DUCTILE_WORKSPACE: workspace,
    DUCTILE_IDEMPOTENCY_KEY: job.idempotencyKey,
  };
}

function commandLine(
  { argv, shell }: ExecConfig,
  where: { path: string | undefined; cwd: string },
): { readonly ok: true; readonly value: readonly string[] } | { readonly ok: false; readonly message: string } {
  if (argv === null) return { ok: true, value: ['/bin/sh', '-c', shell ?? ''] };
  const [name = '', ...args] = argv;
  const program = findProgram(name, where);
  if (program !== null) return { ok: true, value: [program, ...args] };
  const message = `${name} was not found on PATH (${where.path ?? 'not set'}); give its full path, or set PATH in the instance's env`;
  return { ok: false, message };
}

function answer(result: ProcessResult, { emit }: ExecConfig, input: AttemptInput): Response {
  const { stdout, stdoutTruncated } = result;
  const object = stdoutTruncated ? null : soleObject(stdout, input);
  const payload: JsonObject = object ?? { stdout: tailText(stdout, RESULT_BYTES) };
  const longer = stdoutTruncated || stdout.length > RESULT_BYTES;
  return {
    status: 'ok',
    result: tailOf(result, input.redactor),
    stateUpdates: null,
    events: emit === null ? [] : [{ type: emit, payload, eventId: null, dedupeKey: null, occurredAt: null }],
    logs: [],
    logsDropped: 0,
    error: null,
    retry: null,
    retryAfterMs: null,
    warnings: longer ? [`more than ${RESULT_BYTES} bytes were printed; the result is their tail`] : [],
  };
}

/** The end of what was printed, masked. */
function tailOf({ stdout, stdoutTruncated: cut }: ProcessResult, redactor: Redactor): string {
  return maskedTail(stdout, { most: RESULT_BYTES, cut, redactor });
}

/** What was printed, if it is exactly one JSON object within the limits of an event's payload; else null. */
function soleObject(stdout: Uint8Array, { instance }: AttemptInput): JsonObject | null {
  const { limits } = instance;
  if (stdout.length > limits.eventPayloadBytes) return null;
  if (!scanJson(stdout, { depth: limits.jsonDepth, tokens: limits.stdoutTokens }).ok) return null;
  const value: Json = JSON.parse(new TextDecoder().decode(stdout));
  return isJsonObject(value) ? value : null;
}

/** The response that a plugin would have printed. */
function asWritten({ result, events }: Response): JsonObject {
  const emitted = events.map(({ type, payload }) => ({ type, payload }));
  return { protocol: 1, status: 'ok', result, ...(emitted.length === 0 ? {} : { events: emitted }) };
}
