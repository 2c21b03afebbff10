import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiSettings } from '../domain/api-settings.ts';
import { isLoopbackAddress } from '../domain/api-settings.ts';
import { OperatorError } from '../domain/errors.ts';
import { looksLikeToken } from '../domain/token.ts';
import { addressGroup } from '../domain/webhook/address-test.ts';
import { createBuckets } from '../domain/webhook/token-bucket.ts';
import type { Authentication } from '../engine/authentication.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { anyReader, type Caller, holderOf } from './api/caller.ts';
import type { Access } from './api/mount.ts';
import { type RequestHeaders, requestHeaders } from './request-headers.ts';
import { isOwnOrigin, namesThisHost } from './request-origin.ts';

/** What keeps strangers from the API on a TCP listener. */
export interface Guard {
  /** Refuses a request before anything of its body is read; throws OperatorError. */
  check(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Whom a request speaks for that was let through. */
  readonly access: Access;
}

/** What a guard works with; the settings are those in force. */
export interface GuardParts {
  readonly authentication: Authentication;
  readonly settings: () => ApiSettings;
  readonly listen: () => string | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** What anybody may ask: whether the gateway lives and works. */
const OPEN_PATHS = ['/healthz', '/readyz'];
/** Whoever sends two of these means to have one of them seen by somebody else. */
const SINGLE = ['host', 'authorization', 'origin', 'content-type', 'content-length', 'sec-fetch-site'];
/** Query parameters that people put tokens in; addresses end up in logs and histories. */
const TOKEN_PARAMETERS = ['token', 'access_token', 'api_key', 'apikey', 'authorization', 'bearer'];
/** Of each client address: requests without a valid token in a burst, and how long until all of them are forgiven. */
const FAILURES = { count: 10, perMs: 60_000 };
const MOST_ADDRESSES = 10_000;

/** The guard of a TCP listener: host, origin, form of the request, then the token. */
export function createGuard({ authentication, settings, listen, clock, log }: GuardParts): Guard {
  const failures = createBuckets(FAILURES, { most: MOST_ADDRESSES });
  const warnings = createBuckets({ count: 1, perMs: FAILURES.perMs }, { most: MOST_ADDRESSES });
  const callers = new WeakMap<FastifyRequest, Caller>();

  function checkPlace({ socket }: FastifyRequest, headers: RequestHeaders): void {
    const about = {
      host: one(headers, 'host'),
      origin: one(headers, 'origin'),
      fetchSite: one(headers, 'sec-fetch-site'),
      localAddress: socket.localAddress ?? '',
    };
    const own = { listen: listen(), settings: settings() };
    if (!namesThisHost(about, own)) {
      throw new OperatorError('host_refused', 'the request names a host that this gateway is not known by');
    }
    if (!isOwnOrigin(about, own)) {
      throw new OperatorError('origin_refused', 'requests from pages of other origins are refused');
    }
  }

  async function callerOf(request: FastifyRequest, headers: RequestHeaders): Promise<Caller | null> {
    const remote = request.socket.remoteAddress ?? '';
    const written = one(headers, 'authorization');
    if (written === null) return mayReadFreely(request, headers) ? anyReader(authentication) : null;
    const text = /^bearer +(\S+)$/i.exec(written)?.[1] ?? '';
    const token = await authentication.check(text, remote);
    return token === null ? null : holderOf(token, authentication);
  }

  /** What comes by way of a proxy may come from anywhere. */
  function mayReadFreely({ method, socket }: FastifyRequest, headers: RequestHeaders): boolean {
    if (!settings().openReading || (method !== 'GET' && method !== 'HEAD')) return false;
    const forwarded = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'].some(
      (name) => headers.values[name] !== undefined,
    );
    return !forwarded && isLoopbackAddress(socket.remoteAddress ?? '') && isLoopbackAddress(socket.localAddress ?? '');
  }

  /** The same answer whatever is wrong with the token; after some of them in a row, to come again later. */
  function refuse({ socket }: FastifyRequest, reply: FastifyReply): never {
    const remote = addressGroup(socket.remoteAddress ?? '');
    const taken = failures.take(remote, clock.monotonic());
    if (taken.ok) {
      reply.header('www-authenticate', 'Bearer');
      throw new OperatorError('unauthorized', 'the request needs a valid token');
    }
    if (warnings.take(remote, clock.monotonic()).ok) {
      log.warn('many requests without a valid token', { remote: socket.remoteAddress ?? '' });
    }
    reply.header('retry-after', String(Math.max(1, Math.ceil(taken.retryAfterMs / 1_000))));
    throw new OperatorError('too_many_failures', 'too many requests without a valid token');
  }

  return {
    async check(request, reply) {
      try {
        const headers = requestHeaders(request.raw.rawHeaders);
        checkForm(request, headers);
        checkPlace(request, headers);
        checkQuery(request.raw.url ?? '');
        if (OPEN_PATHS.includes(pathOf(request.raw.url ?? ''))) return;
        const caller = await callerOf(request, headers);
        if (caller === null) refuse(request, reply);
        checkBody(request, headers);
        callers.set(request, caller);
      } catch (error) {
        // Nobody reads the body of what is refused.
        if (hasBody(request)) reply.header('connection', 'close');
        throw error;
      }
    },
    async access(request) {
      const caller = callers.get(request);
      if (caller === undefined) throw new OperatorError('unauthorized', 'the request needs a valid token');
      return caller;
    },
  };
}

function checkForm({ raw }: FastifyRequest, headers: RequestHeaders): void {
  for (const name of SINGLE) {
    if (!headers.repeated.has(name)) continue;
    throw new OperatorError('usage', `the header ${name} came more than once`, { hint: 'send it once' });
  }
  // A whole address in place of a path would name another host than the header does.
  if (!(raw.url ?? '').startsWith('/')) {
    throw new OperatorError('usage', 'the target of the request is no path', {
      hint: 'ask for a path such as /api/v1/status',
    });
  }
}

function checkQuery(url: string): void {
  const mark = url.indexOf('?');
  if (mark < 0) return;
  for (const [name, value] of new URLSearchParams(url.slice(mark + 1))) {
    if (!TOKEN_PARAMETERS.includes(name.toLowerCase()) && !looksLikeToken(value)) continue;
    throw new OperatorError('usage', 'a token in the address is not taken', {
      hint: 'Send `authorization: Bearer <token>`; if the token is real, revoke it: addresses are written to logs and histories.',
    });
  }
}

function checkBody(request: FastifyRequest, headers: RequestHeaders): void {
  const type = one(headers, 'content-type');
  if (type === null && !hasBody(request)) return;
  if ((type ?? '').split(';', 1)[0]?.trim().toLowerCase() === 'application/json') return;
  throw new OperatorError('unsupported_media_type', 'the body must be application/json');
}

function hasBody({ raw }: FastifyRequest): boolean {
  return raw.headers['transfer-encoding'] !== undefined || Number(raw.headers['content-length'] ?? 0) > 0;
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

function one(headers: RequestHeaders, name: string): string | null {
  return headers.values[name] ?? null;
}
