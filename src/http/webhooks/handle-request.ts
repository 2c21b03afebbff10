import type { IncomingMessage } from 'node:http';
import { OperatorError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { clientAddress } from '../../domain/webhook/client-address.ts';
import type { Endpoint } from '../../domain/webhook/endpoint.ts';
import { challengeAnswer, handshakeAnswer } from '../../domain/webhook/handshake.ts';
import { parseBody } from '../../domain/webhook/parse-body.ts';
import type { RejectionReason } from '../../domain/webhook/rejection.ts';
import type { WebhookSettings } from '../../domain/webhook/settings.ts';
import type { Webhooks } from '../../engine/webhooks.ts';
import type { Clock } from '../../platform/clock.ts';
import { requestHeaders } from '../request-headers.ts';
import { type Answer, echo, type ProblemCode, taken } from './answer.ts';
import { readBody } from './read-body.ts';
import { Refusal, refusal } from './refusal.ts';
import type { RequestLimits } from './request-limits.ts';
import type { Waiting } from './waiting.ts';

/** What requests are handled with. */
export interface Handling {
  readonly webhooks: Webhooks;
  readonly limits: RequestLimits;
  readonly waiting: Waiting;
  readonly clock: Clock;
  /** How long a body may take, in milliseconds. */
  readonly bodyMs: number;
}

/** A request on its way in. */
export interface Asked {
  readonly request: IncomingMessage;
  /** Called before the body is read: a sender that waits for leave to send it gets it. */
  readonly goOn: () => void;
  /** Makes a signal that aborts when the sender hangs up, or has done so. */
  readonly gone: () => AbortSignal;
}

/** What is known of a request before its body is read. */
interface Head {
  readonly settings: WebhookSettings;
  readonly endpoint: Endpoint;
  readonly remote: string;
  /** One value for each name, in lower case. */
  readonly values: Readonly<Record<string, string>>;
  /** Names of headers that came more than once. */
  readonly repeated: ReadonlySet<string>;
  readonly query: Readonly<Record<string, string>>;
}

/** Headers that decide how a request is read, besides those of the scheme: whoever sends two of them means to confuse. */
const SINGLE = ['host', 'content-type', 'content-length'] as const;

/** Checks a request, cheapest first and nothing read that is refused unread; null when its sender hung up. */
export async function handleRequest(handling: Handling, asked: Asked): Promise<Answer | null> {
  const { webhooks } = handling;
  const settings = webhooks.settings();
  const { path, query } = targetOf(asked.request.url ?? '');
  const endpoint = settings.endpoints.find((one) => one.path === path);
  if (endpoint === undefined) {
    await checkRoom(webhooks);
    throw refusal(null, { code: 'not_found' });
  }
  const { values, repeated } = requestHeaders(asked.request.rawHeaders);
  const remote = addressOf(asked.request, { settings, values });
  try {
    await webhooks.checkRoom();
    const head = { settings, endpoint, remote, values, repeated, query };
    const challenged = challenge(handling, asked.request, head);
    if (challenged !== null) return challenged;
    checkHead(handling, asked.request, head);
    return await takeIn(handling, asked, head);
  } catch (error) {
    const refused = error instanceof Refusal ? error : refusalOf(error);
    if (refused === null) throw error;
    if (refused.reason !== null) webhooks.refused({ endpoint: endpoint.name, reason: refused.reason, remote });
    throw refused;
  }
}

/** Everything that can be told without the body. */
function checkHead(handling: Handling, request: IncomingMessage, head: Head): void {
  const { endpoint, remote, values, repeated } = head;
  const refuse = (reason: RejectionReason, code: ProblemCode) => refusal(reason, { code });
  if (request.method !== 'POST') {
    throw refusal('method', { code: 'method_not_allowed', headers: { allow: 'POST' } });
  }
  if (!endpoint.allows(remote)) throw refuse('address_refused', 'forbidden');
  if (isEncoded(values)) throw refuse('encoding', 'encoded_body');
  if (!takesType(endpoint, values['content-type'])) throw refuse('content_type', 'unsupported_media_type');
  if (Number(values['content-length'] ?? 0) > endpoint.maxBodyBytes) throw refuse('too_large', 'body_too_large');
  limitAddress(handling, head);
  if (repeated.size > 0 && singleOf(endpoint).some((name) => repeated.has(name))) {
    throw refuse('duplicate_header', 'duplicate_header');
  }
}

function limitAddress({ limits }: Handling, { settings, remote, values }: Head): void {
  const forwarded = values['x-forwarded-for'] !== undefined || values['forwarded'] !== undefined;
  if (forwarded || !isLoopback(remote)) limits.address(settings.addressLimit, remote);
}

async function takeIn(handling: Handling, asked: Asked, head: Head): Promise<Answer | null> {
  const { webhooks, limits, clock, bodyMs } = handling;
  const { endpoint, remote, values, query } = head;
  asked.goOn();
  const read = await readBody(asked.request, { maxBytes: endpoint.maxBodyBytes, timeoutMs: bodyMs, clock });
  if (read.kind === 'gone') return null;
  if (read.kind === 'too_large') throw refusal('too_large', { code: 'body_too_large' });
  if (read.kind === 'too_slow') throw refusal('too_slow', { code: 'request_timeout' });
  const raw = read.body;
  const { method = '' } = asked.request;
  const verdict = endpoint.verify.verify(
    { method, url: worldUrl(asked.request, head), headers: values, body: raw },
    clock.now(),
  );
  if (!verdict.ok) throw refusal(verdict.reason, { code: 'unauthorized' });
  limits.endpoint(endpoint);
  const body = bodyOf(endpoint, raw);
  const handshake = handshakeAnswer(endpoint.verify.scheme, body);
  if (handshake !== null) return echo(handshake);
  const { senderId, event } = verdict;
  const contentType = values['content-type'] ?? null;
  const result = await webhooks.receive({
    endpoint,
    remote,
    senderId,
    event,
    headers: values,
    query,
    contentType,
    raw,
    body,
  });
  const { respondMs } = endpoint;
  const end = respondMs === null ? null : await handling.waiting.endOf(result.jobId, { respondMs, gone: asked.gone });
  return end ?? taken(result);
}

function bodyOf(endpoint: Endpoint, raw: Uint8Array): Json {
  const parsed = parseBody(endpoint.body, raw);
  if (!parsed.ok) throw refusal('invalid_body', { code: 'invalid_body' });
  return parsed.value;
}

/** Path and query as they are written; of a repeated parameter, the first. */
function targetOf(url: string): { readonly path: string; readonly query: Readonly<Record<string, string>> } {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: {} };
  const pairs = [...new URLSearchParams(url.slice(mark + 1))];
  return { path: url.slice(0, mark), query: Object.fromEntries(pairs.toReversed()) };
}

function challenge(handling: Handling, { method = '' }: IncomingMessage, head: Head): Answer | null {
  const { endpoint, remote, query } = head;
  const answer = endpoint.challenge === null ? null : challengeAnswer(endpoint.challenge, { method, query });
  if (answer === null) return null;
  if (!endpoint.allows(remote)) throw refusal('address_refused', { code: 'forbidden' });
  // Whoever guesses at the token shall not do so without limit.
  limitAddress(handling, head);
  if (answer.kind === 'refused') throw refusal('credentials_wrong', { code: 'unauthorized' });
  return echo({ status: 200, contentType: 'text/plain; charset=utf-8', text: answer.text });
}

/** Headers that must come once. Of two ids, one gateway and one proxy might each see another. */
function singleOf({ verify, dedupe }: Endpoint): readonly string[] {
  return [...SINGLE, ...verify.sensitive, ...(dedupe.kind === 'header' ? [dedupe.header] : [])];
}

function isEncoded(values: Readonly<Record<string, string>>): boolean {
  const is = (header: string, plain: string) => (values[header] ?? plain).trim().toLowerCase() === plain;
  return !is('content-encoding', 'identity') || !is('transfer-encoding', 'chunked');
}

function takesType({ contentTypes }: Endpoint, header: string | undefined): boolean {
  if (contentTypes.length === 0) return true;
  const type = (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return contentTypes.includes(type);
}

/** What the sender called, which some of them sign. */
function worldUrl({ url = '' }: IncomingMessage, { settings, values }: Head): string {
  const base = settings.publicUrl ?? `http://${values['host'] ?? ''}`;
  return `${base.replace(/\/$/, '')}${url}`;
}

function addressOf({ socket }: IncomingMessage, { settings, values }: Pick<Head, 'settings' | 'values'>): string {
  return clientAddress({
    socket: socket.remoteAddress ?? '',
    forwardedFor: values['x-forwarded-for'] ?? null,
    forwarded: values['forwarded'] ?? null,
    trusted: settings.trusted,
  });
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

async function checkRoom(webhooks: Webhooks): Promise<void> {
  try {
    await webhooks.checkRoom();
  } catch (error) {
    throw refusalOf(error) ?? error;
  }
}

/** What the gateway refuses, as a sender is told; null for a bug. */
function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof OperatorError)) return null;
  if (error.httpStatus === 503) return refusal('unavailable', { code: 'unavailable', headers: { 'retry-after': '5' } });
  if (error.code === 'invalid_event_type') return refusal('invalid_event_type', { code: 'invalid_payload' });
  if (error.code === 'invalid_payload') return refusal('invalid_body', { code: 'invalid_payload' });
  // The instance is disabled or gone until the next reload: what is delivered meanwhile should be delivered again.
  return refusal('unavailable', { code: 'unavailable', headers: { 'retry-after': '60' } });
}
