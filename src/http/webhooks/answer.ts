import { isTerminal, type Job } from '../../domain/job.ts';
import type { HandshakeAnswer } from '../../domain/webhook/handshake.ts';
import type { DeliveryResult } from '../../engine/webhooks.ts';
import { STATUS_CODES } from '../../platform/http.ts';

/** What a sender is told. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Nothing here tells a stranger anything of the inside; the log and the inbox have it. */
const PROBLEMS = {
  not_found: [404, 'nothing is here'],
  method_not_allowed: [405, 'deliveries come by POST'],
  forbidden: [403, 'deliveries are not taken from this address'],
  encoded_body: [415, 'the body must come as it is, without a content encoding'],
  unsupported_media_type: [415, 'the webhook does not take this content type'],
  body_too_large: [413, 'the body is larger than the webhook takes'],
  too_many_requests: [429, 'too many requests; try again later'],
  request_timeout: [408, 'the body did not come in time'],
  duplicate_header: [400, 'a header came twice that must come once'],
  unauthorized: [401, 'the request is not authenticated'],
  invalid_body: [400, 'the body cannot be read'],
  invalid_payload: [400, 'the body is not what the webhook takes'],
  unavailable: [503, 'nothing can be taken at present; try again later'],
  internal: [500, 'an unexpected error'],
} as const;

/** The codes of problems that a sender can be told. */
export type ProblemCode = keyof typeof PROBLEMS;

const JSON_TYPE = 'application/json; charset=utf-8';

/** A problem as problem details (RFC 9457). */
export function problem(code: ProblemCode, headers: Readonly<Record<string, string>> = {}): Answer {
  const [status, detail] = PROBLEMS[code];
  const body = JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail, code });
  return { status, headers: { ...headers, 'content-type': 'application/problem+json' }, body };
}

/** 202 with what a delivery became, or 200 when it came before. */
export function taken({ id, jobId, eventId, repeat, retried }: DeliveryResult): Answer {
  return json(repeat ? 200 : 202, {
    delivery_id: id,
    ...(jobId === null ? {} : { job_id: jobId }),
    ...(eventId === null ? {} : { event_id: eventId }),
    ...(retried ? { retried: true } : {}),
  });
}

/** What a job came to, for a sender that was kept waiting; null while it has not ended. */
export function ended(job: Job): Answer | null {
  if (!isTerminal(job.status)) return null;
  if (job.status === 'succeeded') return json(200, job.result);
  return json(502, { job_id: job.id, status: job.status, error: { code: job.lastError?.code ?? job.status } });
}

/** What a sender asked for to see that somebody is there. */
export function echo({ status, contentType, text }: HandshakeAnswer): Answer {
  return { status, headers: contentType === null ? {} : { 'content-type': contentType }, body: text };
}

function json(status: number, value: unknown): Answer {
  return { status, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(value) };
}
