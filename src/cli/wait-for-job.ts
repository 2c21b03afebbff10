import { OperatorError } from '../domain/errors.ts';
import { isTerminal } from '../domain/job.ts';
import type { Dormant } from '../gateway/dormant.ts';
import { systemClock } from '../platform/clock.ts';
import type { JobAnswer } from './answers.ts';
import { durationOf, type Session } from './command.ts';
import type { Connection } from './connect.ts';
import { jobText } from './output/job-text.ts';

/** Longest wait of one request, in milliseconds; a longer one is made of several. */
const MAX_REQUEST_WAIT_MS = 600_000;
/** By how much the clocks of two processes may tell a span differently, in milliseconds. */
const EARLY_MS = 100;

/** The options of a command that may wait for the job it makes. */
export const WAIT_OPTIONS = {
  wait: ['-w, --wait', 'wait until the job has ended'],
  timeout: ['--timeout <duration>', 'how long to wait; exit code 75 when it expires', '60s'],
} as const;

/**
 * Waits for a job, shows how it ended and resolves to the exit code: 0 succeeded, 1 ended otherwise. Throws
 * `wait_expired`, or `draining` when the gateway stops first.
 */
export async function showEnd(
  session: Session,
  connection: Connection,
  { jobId, timeout }: { readonly jobId: string; readonly timeout: string },
): Promise<number> {
  const deadline = systemClock.monotonic() + durationOf('--timeout', timeout);
  const { dormant } = connection;
  const job = await waitFor(connection, { jobId, deadline, session });
  session.show(job, (shown) => jobText(shown, session.io.stdout));
  if (job.status === 'succeeded') return 0;
  if (isTerminal(job.status)) return 1;
  if (dormant === null && isEarly(deadline)) {
    const hint = `the job is kept: see \`ductile job show ${job.id}\``;
    throw new OperatorError('draining', `the gateway is stopping; job ${job.id} has not ended`, { hint });
  }
  throw expired(job, { timeout, dormant });
}

interface Waiting {
  readonly jobId: string;
  /** On the monotonic clock. */
  readonly deadline: number;
  readonly session: Session;
}

async function waitFor(connection: Connection, waiting: Waiting): Promise<JobAnswer> {
  const { dormant } = connection;
  return dormant === null ? untilEnded(connection, waiting) : runHere(dormant, connection, waiting);
}

/** The job once it has ended, or as it stands when the time is over or the gateway stops. */
async function untilEnded({ request }: Connection, { jobId, deadline }: Waiting): Promise<JobAnswer> {
  for (;;) {
    const asked = Math.max(Math.ceil(deadline - systemClock.monotonic()), 0);
    const wait = Math.min(asked, MAX_REQUEST_WAIT_MS);
    const askedAt = systemClock.monotonic();
    const job = await request<JobAnswer>('GET', `/api/v1/jobs/${jobId}?wait=${wait}ms`);
    const early = isEarly(askedAt + wait);
    if (isTerminal(job.status) || early || wait === asked) return job;
  }
}

/** True well before `deadline`: only a gateway that stops answers a wait so soon. */
function isEarly(deadline: number): boolean {
  return systemClock.monotonic() < deadline - EARLY_MS;
}

/** Without a gateway the command runs the job's attempts itself; jobs that its events cause stay queued. */
async function runHere(dormant: Dormant, connection: Connection, waiting: Waiting): Promise<JobAnswer> {
  const { io } = waiting.session;
  const dispatcher = dormant.runOnly(waiting.jobId);
  const forget = io.onEndSignal((signal) => {
    void dispatcher
      .stop(0)
      .then(() => dormant.close())
      .finally(() => io.exit(signal === 'SIGINT' ? 130 : 143));
  });
  io.restrictUmask();
  dispatcher.start();
  try {
    await untilEnded(connection, waiting);
  } finally {
    await dispatcher.stop(0);
    forget();
  }
  // Asked again, because a wait that expired ends with an attempt that was interrupted.
  return connection.request<JobAnswer>('GET', `/api/v1/jobs/${waiting.jobId}`);
}

function expired(job: JobAnswer, { timeout, dormant }: { timeout: string; dormant: Dormant | null }): OperatorError {
  const message = `job ${job.id} had not ended after ${timeout}`;
  if (dormant === null)
    return new OperatorError('wait_expired', message, { hint: `follow it with \`ductile job show ${job.id}\`` });
  const interrupted = job.attempts.at(-1)?.outcome === 'interrupted';
  const how = interrupted ? 'it was interrupted' : job.attempts.length > 0 ? 'its next attempt is not due' : 'it waits';
  return new OperatorError('wait_expired', `${message}; ${how}, and it stays queued`, {
    hint: 'wait longer with --timeout, or start a gateway: it goes on with the job',
  });
}
