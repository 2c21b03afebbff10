import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { OperatorError, type OperatorErrorCode } from '../../domain/errors.ts';
import { allows, type Scope } from '../../domain/scope.ts';
import type { Once } from '../../engine/desk-operations.ts';
import type { Operations } from '../../engine/operations.ts';
import { answerOnce } from './answer-once.ts';
import { API_ROOT } from './api-root.ts';
import type { Caller } from './caller.ts';
import { parse } from './parse.ts';

/** The parts of a request, as their schemas type them. */
export interface Input<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** What a route works with besides its input. */
export interface Context {
  readonly operations: Operations;
  readonly caller: Caller;
  readonly headers: IncomingHttpHeaders;
  /** Aborts when the asker goes away before the answer. */
  gone(): AbortSignal;
  /** What a route that takes an Idempotency-Key passes to its command; missing or null: there was none. */
  readonly once?: Once | null;
}

/** An answer: JSON, or text or a stream of the content type that the route declares. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** True: it shows secrets to somebody who may see them, and is not masked. */
  readonly exact?: boolean;
}

/** What a status of a route means and what its body is like. */
export interface AnswerSchema {
  readonly means: string;
  readonly schema: z.ZodType;
  /** Missing: application/json. The body is then a string or a stream. */
  readonly contentType?: string;
}

/**
 * How far a route reaches, for callers who are limited to some instances. `gateway`: it is about more than single
 * instances, and closed to them. `limited`: it looks at `caller.instances` itself and leaves out the rest. A function:
 * names the instances the request is about, each of which the caller must be allowed.
 */
export type Reach<I> = 'gateway' | 'limited' | ((input: I, operations: Operations) => Promise<readonly string[]>);

/** One route as it is written down. */
export interface RouteDefinition<P, Q, B> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Under /api/v1; parameters as `:name`, a last one that takes the rest, slashes too, as `:name*`. */
  readonly path: `/${string}`;
  /** True: at the root instead, where everybody looks for it. */
  readonly root?: true;
  /** What it needs; there is no route without. */
  readonly scope: Scope;
  readonly reach: Reach<Input<P, Q, B>>;
  /** One sentence for the API's document. */
  readonly summary: string;
  /** Noun under which the document lists it. */
  readonly tag: string;
  readonly params: z.ZodType<P>;
  readonly query: z.ZodType<Q>;
  /** Null: it takes none. */
  readonly body: z.ZodType<B> | null;
  /** True: a request with an `Idempotency-Key` is carried out once, see `answerOnce`. */
  readonly takesKey?: boolean;
  /** Every status below 400 that it answers with. */
  readonly answers: Readonly<Record<number, AnswerSchema>>;
  /** Errors of its own, besides those that any request can end in. */
  readonly errors: readonly OperatorErrorCode[];
  handle(input: Input<P, Q, B>, context: Context): Promise<Answer>;
}

/** A request before anything of it has been looked at. */
export interface RawRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** A route of the table. */
export type Route = Omit<RouteDefinition<unknown, unknown, unknown>, 'handle' | 'reach'> & {
  readonly reach: 'gateway' | 'limited' | 'named';
  /** Refuses who may not, reads the request and answers it; throws OperatorError. */
  answer(request: RawRequest, context: Context): Promise<Answer>;
};

/** What a route takes that takes nothing. */
export const NOTHING = z.strictObject({});

/** A route of the table from how it is written down: scope first, then the request, then the instances it is about. */
export function route<P, Q, B>(definition: RouteDefinition<P, Q, B>): Route {
  const { method, path, scope, summary, tag, params, query, body, answers, root, takesKey = false } = definition;
  const errors: readonly OperatorErrorCode[] = takesKey
    ? [...definition.errors, 'idempotency_key_reused']
    : definition.errors;
  return {
    ...{ method, path, scope, summary, tag, params, query, body, answers, errors, takesKey },
    ...(root === undefined ? {} : { root }),
    reach: typeof definition.reach === 'function' ? 'named' : definition.reach,
    async answer(request, context) {
      const { caller, operations } = context;
      if (!allows(caller.scopes, scope)) {
        throw new OperatorError('forbidden', `this needs the scope ${scope}`);
      }
      const limited = caller.instances !== null;
      if (definition.reach === 'gateway') checkUnlimited(caller);
      const input = {
        params: parse(params, request.params),
        query: parse(query, request.query),
        // A route that takes no body has none for its handler either.
        body: body === null ? (noBody(request.body) as B) : parse(body, request.body),
      };
      if (limited && typeof definition.reach === 'function') {
        for (const instance of await definition.reach(input, operations)) checkInstance(caller, instance);
      }
      if (!takesKey) return definition.handle(input, context);
      const { headers } = context;
      const said = [method, path, request.params, request.query, request.body ?? null];
      return answerOnce(operations, { caller, headers, request: said }, (once) =>
        definition.handle(input, { ...context, once }),
      );
    },
  };
}

/** Throws `usage` for a body that says something where none is wanted. */
function noBody(body: unknown): undefined {
  const empty = body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0);
  if (!empty) throw new OperatorError('usage', 'this takes no body', { hint: 'Send the request without one.' });
}

/** Throws `forbidden` for a caller that is limited to some instances. */
export function checkUnlimited({ instances }: Caller): void {
  if (instances === null) return;
  throw new OperatorError('forbidden', 'this is about more than the instances the token is limited to');
}

/** Where a route answers, parameters as `:name`. */
export function urlOf({ path, root }: Pick<Route, 'path' | 'root'>): string {
  return root === true ? path : `${API_ROOT}${path}`;
}

/** Throws `forbidden` unless the caller may see and act on the instance. */
export function checkInstance({ instances }: Caller, instance: string): void {
  if (instances === null || instances.includes(instance)) return;
  throw new OperatorError('forbidden', `the token is not for the instance "${instance}"`);
}

/** The instance that a list is to be of: the one asked for, else the only one of the caller; null: all of them. */
export function instanceFor(caller: Caller, asked: string | null): string | null {
  if (asked !== null) checkInstance(caller, asked);
  if (asked !== null || caller.instances === null) return asked;
  const [only, ...others] = caller.instances;
  if (only !== undefined && others.length === 0) return only;
  throw new OperatorError('forbidden', 'the token is limited to some instances', {
    hint: `Say which one with \`instance\`: ${caller.instances.join(', ')}.`,
  });
}

/** The instance of the job in the path, for `reach`. */
export async function instanceOfJob(
  { params }: { readonly params: { readonly id: string } },
  operations: Operations,
): Promise<readonly string[]> {
  return [await operations.instanceOf(params.id)];
}
