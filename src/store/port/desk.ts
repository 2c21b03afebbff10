import type { JobStatus } from '../../domain/job.ts';
import type { Json } from '../../domain/json.ts';

/** Lets a command be carried out once per owner and key: a repeat is told the outcome of the first, and changes nothing. */
export interface Once {
  /** Whose keys they are: `cli` or `api:<token>`. */
  readonly owner: string;
  readonly key: string;
  /** Stands for the request; the key with another one is refused with OperatorError `idempotency_key_reused`. */
  readonly request: string;
  readonly at: number;
}

/** What is remembered of a request with a key. */
export interface OnceAnswer {
  readonly request: string;
  /** What was answered; null: nothing final was kept. */
  readonly answer: { readonly status: number; readonly body: Json } | null;
}

/** Dead letters that have instance, command, error code and the gist of the message in common. */
export interface DeadGroup {
  readonly fingerprint: string;
  readonly instance: string;
  readonly command: string;
  readonly code: string | null;
  /** Of the latest of them. */
  readonly message: string | null;
  readonly count: number;
  /** When the first and the latest of them ended. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** The latest, at most 5, newest first. */
  readonly jobIds: readonly string[];
}

/** How a job is connected to others by being run again. */
export interface Replays {
  /** The job that it runs again; null: none. */
  readonly replayOf: string | null;
  /** Jobs that run it again, oldest first, at most 100. */
  readonly replays: readonly string[];
}

/** Which jobs something is done to; all given fields must match. */
export interface JobSelection {
  /** At least one. */
  readonly statuses: readonly JobStatus[];
  readonly instance: string | null;
  readonly command: string | null;
  /** Created at or after, and before. */
  readonly since: number | null;
  readonly until: number | null;
  readonly errorCode: string | null;
  /** True: only what is on the desk, in the order in which it came there. */
  readonly onDesk: boolean;
  /** Only what is on the desk under it. */
  readonly fingerprint: string | null;
  /** Only jobs that were made by then and, of the desk, had ended by then. */
  readonly asOf: number;
}

/** A piece of what a selection finds, oldest first; a place is where a later piece may begin after. */
export interface SelectedJobs {
  readonly jobs: readonly { readonly id: string; readonly place: number }[];
  /** Where the next piece begins; null: this was the last. A piece may be empty though more follow. */
  readonly next: number | null;
}
