import { type Location, OperatorError, type Problem } from '../domain/errors.ts';
import { STATUS_CODES } from '../platform/http.ts';

/** An error as every interface tells it (RFC 9457 problem details). */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly hint: string;
  readonly location: Location | null;
  /** Everything that is wrong, when it is about a configuration. */
  readonly problems?: readonly Problem[];
}

/** Any error as problem details; what is not an operator error tells nothing of its inside. */
export function problemOf(error: unknown): ProblemDetails {
  const known = error instanceof OperatorError ? error : fromFramework(error);
  const status = known.httpStatus;
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: known.message,
    code: known.code,
    hint: known.hint,
    location: known.location,
    ...(known.problems.length === 0 ? {} : { problems: known.problems.map(problemView) }),
  };
}

/** A finding as every interface tells it. */
export function problemView({ severity, code, message, location, hint }: Problem) {
  return { severity, code, message, location, hint };
}

/** Fastify gives its errors a status; those below 500 are about the request. */
function fromFramework(error: unknown): OperatorError {
  const details = error instanceof Error ? error : new Error(String(error));
  const status = 'statusCode' in details ? details.statusCode : 500;
  const code = 'code' in details ? details.code : null;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new OperatorError('body_too_large', 'the body is too large');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new OperatorError('unsupported_media_type', 'the body must be application/json');
  }
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return new OperatorError('invalid_payload', 'the body is empty');
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY') {
    return new OperatorError(
      'invalid_payload',
      'the body is not valid JSON, or has a key `__proto__`, which is not taken',
    );
  }
  if (typeof status === 'number' && status < 500) return new OperatorError('usage', details.message);
  return new OperatorError('internal', 'an unexpected error; the log has it', { cause: error });
}
