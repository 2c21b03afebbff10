import type { Event } from '../domain/event.ts';
import type { Instance } from '../domain/instance.ts';
import type { AttemptOutcome, Job, JobError } from '../domain/job.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Redactor } from '../domain/redact.ts';
import type { PassedDelivery } from '../domain/webhook/passed-delivery.ts';
import type { Markers } from './environment.ts';
import type { LiveText } from './live-text.ts';

/** Everything that one attempt runs with. Paths are absolute. */
export interface AttemptInput {
  /** Already at its new attempt number. */
  readonly job: Job;
  readonly instance: Instance;
  readonly state: JsonObject;
  /** The event that caused the job; null unless a route made it. */
  readonly event: Event | null;
  /** Of the delivery that caused the job; null unless a webhook made it. */
  readonly delivery: PassedDelivery | null;
  readonly previousAttempts: readonly {
    readonly attempt: number;
    readonly outcome: AttemptOutcome;
    readonly error: JobError | null;
  }[];
  /** The lineage's directory; exists. */
  readonly workspace: string;
  /** The instance's own directory; exists. */
  readonly cwd: string;
  /** Where the fuller stderr goes when there is more than is kept. */
  readonly stderrFile: string;
  /** Ends the process; the reason is `cancelled` or `interrupted`. */
  readonly signal: AbortSignal;
  readonly markers: Markers;
  readonly redactor: Redactor;
  /** Is given what the process says on stderr while it runs, masked; again when it had to be started again. */
  readonly onStderr?: (text: LiveText) => void;
}
