import { SCOPES, type Scope } from '../../domain/scope.ts';

/** Whom a request speaks for, and what that allows. */
export interface Caller {
  /** What jobs are submitted by: `cli` or `api:<token>`. */
  readonly submittedBy: string;
  /** What events come from: `cli` or `api`. */
  readonly source: string;
  readonly scopes: readonly Scope[];
  /** The only instances that it may see and act on; null: all. */
  readonly instances: readonly string[] | null;
}

/** Whoever reaches the socket in the state directory; jobs and events from the command line are marked with it. */
export const CLI: Caller = { submittedBy: 'cli', source: 'cli', scopes: SCOPES, instances: null };
