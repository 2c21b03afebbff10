import type { JsonObject } from '../domain/json.ts';
import type { KeptResponse, Outcome, Run } from '../domain/outcome.ts';
import { type DecodedResponse, decodeResponse } from '../domain/protocol/decode-response.ts';
import { encodeRequest } from '../domain/protocol/encode-request.ts';
import type { Response } from '../domain/response.ts';
import type { PassedDelivery } from '../domain/webhook/passed-delivery.ts';
import { inTurns } from '../platform/in-turns.ts';
import { nextTurn } from '../platform/next-turn.ts';
import { endingOf } from './ending.ts';
import { evidenceOf } from './evidence.ts';
import { keptResponse } from './kept-response.ts';
import type { LaunchedAttempt } from './launch.ts';
import { maskedOutput } from './masked-output.ts';
import { rawOutputOf } from './raw-output.ts';
import type { ProcessResult } from './run-process.ts';
import { explainMissingInterpreter, type SpawnAttempt } from './spawn-error.ts';

/** Exit code of env and shells for a command that was not found. */
const NOT_FOUND = 127;

/** Said instead of a quote when the output is no response any more once it is masked. */
const UNQUOTED = 'the output holds a secret and cannot be quoted';

/** Output that is never kept whole (256 KiB of JSON are, which escapes make at most six times as long), so it is not measured either. */
const NEVER_KEPT_BYTES = 6 * 262_144;

/** Output that is worth a turn of the event loop. */
const LARGE_BYTES = 65_536;

/** Runs a plugin's entrypoint: protocol 1 in, protocol 1 out. */
export async function runEntrypoint(
  attempt: LaunchedAttempt & { readonly entrypoint: string },
): Promise<Run & KeptResponse> {
  const { input, entrypoint, launch, leaks, timeoutMs, path, now } = attempt;
  const { instance, redactor, stderrFile } = input;
  const { limits, manifest, env } = instance;
  const { stdoutBytes } = limits;
  const text = encodeRequest({ ...input, webhook: webhookOf(input.delivery), deadlineAt: now + timeoutMs });
  const result = await launch({ argv: [entrypoint], stdin: Buffer.from(text), env, stdoutBytes, stdoutKeep: 'all' });
  const where = { program: entrypoint, cwd: input.cwd, path: env.PATH ?? path };
  const failed = async (outcome: Outcome): Promise<Run & KeptResponse> => {
    const rawOutput = await rawOutputOf(result.stdout, leaks.at('stdout', redactor));
    return { outcome, evidence: evidenceOf(result, { stderrFile, rawOutput }), response: null, truncated: false };
  };
  const failure = endingOf(result, { timeoutMs, stdoutBytes, limits }) ?? explainNotFound(result, where);
  if (failure !== null && failure.kind !== 'crashed') return failed(failure);
  // Several attempts may end in one turn of the event loop; what is large is read in turns of its own.
  const large = result.stdout.length > LARGE_BYTES;
  if (large) await nextTurn();
  const decoded = await inTurns(decodeResponse(result.stdout, { limits, manifest }));
  // A response that was complete before the crash still counts: its state updates may hold a refreshed token.
  if (failure !== null && !decoded.ok) return failed(failure);
  const masked = isQuoting(decoded) ? await maskedOutput(result.stdout, redactor) : null;
  const again = masked === null ? decoded : await inTurns(decodeResponse(masked, { limits, manifest }));
  if (!decoded.ok) {
    return failed(unanswered({ code: decoded.code, message: again.ok ? UNQUOTED : again.message }, result.exitCode));
  }
  if (large) await nextTurn();
  const kept =
    result.stdout.length > NEVER_KEPT_BYTES
      ? { response: null, truncated: true }
      : keptResponse(decoded.raw, { redactor, leaks });
  return {
    outcome: { kind: 'answered', response: quotingFrom(again, decoded.response) },
    evidence: evidenceOf(result, { stderrFile, rawOutput: null }),
    ...kept,
  };
}

function webhookOf(delivery: PassedDelivery | null): JsonObject | null {
  if (delivery === null) return null;
  const { endpoint: name, headers, query, body } = delivery;
  return { name, headers, query, ...(body === null ? {} : { body_base64: Buffer.from(body).toString('base64') }) };
}

/**
 * Messages and warnings quote some characters of the output. A secret that a quote cuts in two would escape the
 * redactor, so what is said about an output that holds one is taken from its masked text.
 */
function isQuoting(decoded: DecodedResponse): boolean {
  return !decoded.ok || decoded.response.warnings.length > 0;
}

/** The response with what it quotes of itself, warnings and a message that was cut, as it was read from masked text. */
function quotingFrom(masked: DecodedResponse, response: Response): Response {
  const warnings = masked.ok ? masked.response.warnings : [UNQUOTED];
  const { error } = response;
  if (error === null) return { ...response, warnings };
  const message = masked.ok ? masked.response.error?.message : UNQUOTED;
  return { ...response, warnings, error: { ...error, message: message ?? error.message } };
}

/** A script whose interpreter env did not find was never run, although a process was. */
function explainNotFound({ exitCode, stdout }: ProcessResult, where: SpawnAttempt): Outcome | null {
  if (exitCode !== NOT_FOUND || stdout.length > 0) return null;
  const message = explainMissingInterpreter(where);
  return message === null ? null : { kind: 'spawn_failed', message };
}

function unanswered(
  { code, message }: Omit<Extract<DecodedResponse, { ok: false }>, 'ok'>,
  exitCode: number | null,
): Outcome {
  switch (code) {
    case 'over_limit':
      return { kind: 'output_limit', message };
    case 'protocol_mismatch':
    case 'invalid_event':
    case 'invalid_state':
      return { kind: 'malformed', code, message };
    case 'empty_output':
    case 'invalid_output':
      return exitCode === 0 ? { kind: 'malformed', code, message } : { kind: 'exited' };
    default:
      return code satisfies never;
  }
}
