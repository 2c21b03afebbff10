/** Whom the requests of a listener speak for. */
export interface Caller {
  /** What jobs are submitted by: `cli` or `api:<token>`. */
  readonly submittedBy: string;
  /** What events come from: `cli` or `api`. */
  readonly source: string;
}

/** What jobs and events from the command line are marked with. */
export const CLI: Caller = { submittedBy: 'cli', source: 'cli' };
