import type { FastifyInstance } from 'fastify';
import { OperatorError } from '../domain/errors.ts';
import { API_ROOT } from './api/api-root.ts';

import { hasHead } from './api/mount.ts';
import { type Route, urlOf } from './api/route.ts';
import { PROBE_PATHS } from './probes.ts';

/** What every answer of the API tells browsers: it is no page, it is not kept, and nobody learns where it came from. */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/**
 * Holds every request to the letter: unknown paths are 404, methods that a path does not have 405, and both before
 * anything of a body is read; bodies are JSON and nothing else.
 */
export function makeStrict(app: FastifyInstance, routes: readonly Route[]): void {
  const known = [...PROBES, ...routes.flatMap(methodsOf)].map(({ method, path }) => ({
    method,
    path,
    pattern: patternOf(path),
  }));
  /** Paths without parameters. */
  const fixed = new Set(known.flatMap(({ path }) => (path.includes(':') ? [] : [path])));

  /** What a path can be asked for; empty: it is no path of the API. */
  function askable(path: string): readonly string[] {
    // `/jobs/bulk` is no job, though its name fits where the id of one stands.
    const named = known.filter((one) => one.path === path);
    const own = named.length > 0 ? named : known.filter(({ pattern }) => pattern.test(path));
    return [...new Set(own.map(({ method }) => method))].toSorted();
  }

  // Fastify would take a text for a body, which a page of another origin may send without being asked for leave.
  app.removeContentTypeParser('text/plain');
  app.addHook('preParsing', async ({ headers }, _reply, payload) => {
    const encoding = headers['content-encoding'] ?? 'identity';
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (!hasBody || encoding.toLowerCase() === 'identity') return payload;
    throw new OperatorError('unsupported_media_type', `the body is encoded (${excerpt(encoding)})`, {
      hint: 'Send it as it is, without `content-encoding`.',
    });
  });
  app.addHook('onRequest', async (request, reply) => {
    const [path = ''] = request.url.split('?');
    if (!request.is404 && !fixed.has(path)) return;
    const methods = askable(path);
    if (!request.is404 && methods.includes(request.method)) return;
    if (methods.length === 0) {
      throw new OperatorError('not_found', `there is no ${request.method} ${excerpt(path)}`, {
        hint: `GET ${API_ROOT}/openapi.json lists what there is.`,
      });
    }
    reply.header('allow', methods.join(', '));
    throw new OperatorError('method_not_allowed', `${excerpt(path)} has no ${request.method}`, {
      hint: `It has ${methods.join(' and ')}.`,
    });
  });
}

const PROBES = PROBE_PATHS.flatMap((path) => ['GET', 'HEAD'].map((method) => ({ method, path })));

function methodsOf(route: Route): readonly { readonly method: string; readonly path: string }[] {
  const path = urlOf(route);
  return [{ method: route.method, path }, ...(hasHead(route) ? [{ method: 'HEAD', path }] : [])];
}

/** A path of the table as what it matches; its parameters are not empty. */
function patternOf(path: string): RegExp {
  const written = path
    .replaceAll(/[.]/g, '\\$&')
    .replaceAll(/:\w+\*/g, '.+')
    .replaceAll(/:\w+/g, '[^/]+');
  return new RegExp(`^${written}$`);
}

function excerpt(path: string): string {
  return path.length <= MAX_SHOWN ? path : `${path.slice(0, MAX_SHOWN)}…`;
}

const MAX_SHOWN = 200;
