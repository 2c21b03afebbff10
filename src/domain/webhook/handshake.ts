import { createHash, timingSafeEqual } from 'node:crypto';
import { isJsonObject, type Json } from '../json.ts';
import type { Challenge } from './endpoint.ts';

/** What is sent back to somebody who only asks whether we are there. */
export interface HandshakeAnswer {
  readonly status: 200 | 204;
  /** Null: there is no body. */
  readonly contentType: string | null;
  readonly text: string;
}

/** Whatever is sent back is short and nothing that a browser or a terminal could mistake for more than text. */
const ECHOED = /^[\x21-\x7e]{1,1024}$/;

/** The answer to a verified delivery that is a question: Slack's `url_verification`, Discord's ping; null: it is an ordinary one. */
export function handshakeAnswer(scheme: string, body: Json): HandshakeAnswer | null {
  if (!isJsonObject(body)) return null;
  const { type, challenge } = body;
  // Events of applications are of type 1 too; they hold an `event`.
  if (scheme === 'discord' && type === 1 && !Object.hasOwn(body, 'event'))
    return { status: 200, contentType: 'application/json', text: '{"type":1}' };
  // The ping before those.
  if (scheme === 'discord' && type === 0) return { status: 204, contentType: null, text: '' };
  if (scheme !== 'slack' || type !== 'url_verification') return null;
  return typeof challenge === 'string' && ECHOED.test(challenge)
    ? { status: 200, contentType: 'text/plain; charset=utf-8', text: challenge }
    : null;
}

/** The answer to a request that an endpoint's `challenge` is about; null: it is none. */
export function challengeAnswer(
  challenge: Challenge,
  { method, query }: { readonly method: string; readonly query: Readonly<Record<string, string>> },
): { readonly kind: 'answer'; readonly text: string } | { readonly kind: 'refused' } | null {
  if (challenge.kind === 'microsoft') {
    const token = query['validationToken'];
    if (token === undefined || (method !== 'GET' && method !== 'POST')) return null;
    // It may hold spaces.
    return /^[\x20-\x7e]{1,1024}$/.test(token) ? { kind: 'answer', text: token } : { kind: 'refused' };
  }
  if (method !== 'GET') return null;
  const text = query['hub.challenge'] ?? '';
  const right = same(query['hub.verify_token'] ?? '', challenge.token);
  return right && query['hub.mode'] === 'subscribe' && ECHOED.test(text)
    ? { kind: 'answer', text }
    : { kind: 'refused' };
}

function same(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
