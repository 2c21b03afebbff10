import type { KeptResponse, Outcome, Run } from '../domain/outcome.ts';
import { type DecodedResponse, decodeResponse } from '../domain/protocol/decode-response.ts';
import { encodeRequest } from '../domain/protocol/encode-request.ts';
import type { AttemptInput } from './attempt-input.ts';
import { endingOf } from './ending.ts';
import { evidenceOf } from './evidence.ts';
import { keptResponse } from './kept-response.ts';
import type { Launch } from './launch.ts';
import { rawOutputOf } from './raw-output.ts';
import type { ProcessResult } from './run-process.ts';
import { explainMissingInterpreter, type SpawnAttempt } from './spawn-error.ts';

/** Exit code of env and shells for a command that was not found. */
const NOT_FOUND = 127;

/** Largest output that is masked as a whole to explain what is wrong with it: masking takes about 20 ms a MiB. */
const MAX_EXPLAINED_BYTES = 1_048_576;

/** Runs a plugin's entrypoint: protocol 1 in, protocol 1 out. */
export async function runEntrypoint(attempt: {
  readonly input: AttemptInput;
  readonly entrypoint: string;
  readonly launch: Launch;
  readonly timeoutMs: number;
  /** The gateway's own PATH. */
  readonly path: string | undefined;
  readonly now: number;
}): Promise<Run & KeptResponse> {
  const { input, entrypoint, launch, timeoutMs, path, now } = attempt;
  const { instance, redactor, stderrFile } = input;
  const { limits, manifest, env } = instance;
  const { stdoutBytes } = limits;
  const text = encodeRequest({ ...input, webhook: null, deadlineAt: now + timeoutMs });
  const result = await launch({ argv: [entrypoint], stdin: Buffer.from(text), env, stdoutBytes, stdoutKeep: 'all' });
  const where = { program: entrypoint, cwd: input.cwd, path: env.PATH ?? path };
  const failed = async (outcome: Outcome): Promise<Run & KeptResponse> => {
    const rawOutput = await rawOutputOf(result.stdout, redactor);
    return { outcome, evidence: evidenceOf(result, { stderrFile, rawOutput }), response: null, truncated: false };
  };
  const failure = endingOf(result, { timeoutMs, stdoutBytes, limits }) ?? explainNotFound(result, where);
  if (failure !== null) return failed(failure);
  const decoded = decodeResponse(result.stdout, { limits, manifest });
  if (!decoded.ok) {
    const explained = withoutSecrets(decoded, { stdout: result.stdout, input });
    return failed(unanswered(explained, result.exitCode));
  }
  return {
    outcome: { kind: 'answered', response: decoded.response },
    evidence: evidenceOf(result, { stderrFile, rawOutput: null }),
    ...keptResponse(decoded.raw, redactor),
  };
}

type DecodeFailure = Extract<DecodedResponse, { ok: false }>;

/**
 * The message quotes some characters of the output. A secret that the quote cuts in two would escape the redactor, so
 * the quote of output that holds one is taken from its masked text.
 */
function withoutSecrets(
  failure: DecodeFailure,
  { stdout, input }: { readonly stdout: Uint8Array; readonly input: AttemptInput },
): DecodeFailure {
  if (stdout.length > MAX_EXPLAINED_BYTES) return failure;
  const text = new TextDecoder().decode(stdout);
  const masked = input.redactor.text(text);
  if (masked === text) return failure;
  const again = decodeResponse(new TextEncoder().encode(masked), input.instance);
  return { ...failure, message: again.ok ? 'the output holds a secret and cannot be quoted' : again.message };
}

/** A script whose interpreter env did not find was never run, although a process was. */
function explainNotFound({ exitCode, stdout }: ProcessResult, where: SpawnAttempt): Outcome | null {
  if (exitCode !== NOT_FOUND || stdout.length > 0) return null;
  const message = explainMissingInterpreter(where);
  return message === null ? null : { kind: 'spawn_failed', message };
}

function unanswered({ code, message }: DecodeFailure, exitCode: number | null): Outcome {
  switch (code) {
    case 'too_many_tokens':
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
