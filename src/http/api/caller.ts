import { SCOPES, type Scope } from '../../domain/scope.ts';
import type { Token } from '../../domain/token.ts';
import type { Authentication } from '../../engine/authentication.ts';

/** Whom a request speaks for, and what that allows. */
export interface Caller {
  /** What jobs are submitted by: `cli` or `api:<token>`. */
  readonly submittedBy: string;
  /** Whose an `Idempotency-Key` is: no other token's, not even of one that takes its name over. */
  readonly owner: string;
  /** What events come from: `cli` or `api`. */
  readonly source: string;
  readonly scopes: readonly Scope[];
  /** The only instances that it may see and act on; null: all. */
  readonly instances: readonly string[] | null;
  /** Calls `end` once this is allowed no more, for requests that last; returns what ends the watch. */
  watch(end: () => void): () => void;
}

/** Whoever reaches the socket in the state directory; jobs and events from the command line are marked with it. */
export const CLI: Caller = {
  submittedBy: 'cli',
  owner: 'cli',
  source: 'cli',
  scopes: SCOPES,
  instances: null,
  watch: () => () => {},
};

/** Whoever shows a token. */
export function holderOf(token: Token, { watch }: Pick<Authentication, 'watch'>): Caller {
  return {
    submittedBy: `api:${token.name}`,
    owner: `token:${token.id}`,
    source: 'api',
    scopes: token.scopes,
    instances: token.instances,
    watch: (end) => watch(token, end),
  };
}

/** Whoever is on this machine, where reading is open to them. */
export function anyReader({ watch }: Pick<Authentication, 'watch'>): Caller {
  const speaks = { submittedBy: 'api', owner: 'api', source: 'api' };
  return { ...speaks, scopes: ['read'], instances: null, watch: (end) => watch(null, end) };
}
