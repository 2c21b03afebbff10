import { OperatorError } from '../domain/errors.ts';
import { isTerminal, type JobStatus } from '../domain/job.ts';
import type { Dormant } from '../gateway.ts';
import type { JobAnswer, SubmitAnswer } from './answers.ts';
import { type AddCommand, durationOf, payloadOf, type Session, wholeNumberOf } from './command.ts';
import type { Connection } from './connect.ts';
import { NO_GATEWAY } from './emit.ts';
import { jobText } from './output/job-text.ts';

interface RunOptions {
  readonly payload?: string;
  readonly wait?: boolean;
  readonly timeout: string;
  readonly dedupeKey?: string;
  readonly priority?: string;
  readonly maxAttempts?: string;
}

/** `ductile run`: puts a job on the queue, and with --wait shows how it ends. */
export const addRun: AddCommand = (parent, run) => {
  parent
    .command('run')
    .argument('<instance>', 'instance to run')
    .argument('[command]', 'command of its plugin', 'poll')
    .description('put a job on the queue; with --wait, show how it ends and exit 1 unless it succeeds')
    .option('-p, --payload <json>', 'JSON, @file, or - for standard input (default: {})')
    .option('-w, --wait', 'wait until the job has ended')
    .option('--timeout <duration>', 'how long to wait; exit code 75 when it expires', '60s')
    .option('--dedupe-key <key>', 'return the job that has this key instead of making a second one')
    .option('--priority <number>', 'from -100 to 100; higher runs first')
    .option('--max-attempts <number>', "instead of the instance's own")
    .addHelpText('after', `\nExample:\n  $ ductile run hello handle --payload '{"name": "Ada"}' --wait`)
    .action(run<RunOptions, readonly [string, string]>(runJob));
};

async function runJob(session: Session, options: RunOptions, instance: string, command: string): Promise<number> {
  const timeoutMs = durationOf('--timeout', options.timeout);
  const body = {
    instance,
    command,
    payload: await payloadOf(options.payload, session.io),
    ...(options.dedupeKey === undefined ? {} : { dedupe_key: options.dedupeKey }),
    ...(options.priority === undefined ? {} : { priority: wholeNumberOf('--priority', options.priority) }),
    ...(options.maxAttempts === undefined
      ? {}
      : { max_attempts: wholeNumberOf('--max-attempts', options.maxAttempts) }),
  };
  return session.withGateway('write', async (connection) => {
    const submitted = (await connection.request('POST', '/api/v1/jobs', body)).body as unknown as SubmitAnswer;
    if (options.wait !== true) {
      session.show(submitted, () => submittedText(submitted) + (connection.dormant === null ? '' : NO_GATEWAY));
      return 0;
    }
    const job = await waitFor(connection, { jobId: submitted.job_id, timeoutMs, session });
    session.show(job, () => jobText(job, session.io.stdout));
    if (job.status === 'succeeded') return 0;
    if (isTerminal(job.status as JobStatus)) return 1;
    throw new OperatorError('wait_expired', `job ${job.id} had not ended after ${options.timeout}`);
  });
}

async function waitFor(
  connection: Connection,
  { jobId, timeoutMs, session }: { jobId: string; timeoutMs: number; session: Session },
): Promise<JobAnswer> {
  const path = `/api/v1/jobs/${jobId}?wait=${timeoutMs}ms`;
  const wait = async (): Promise<JobAnswer> => (await connection.request('GET', path)).body as unknown as JobAnswer;
  return connection.dormant === null ? wait() : runHere(connection.dormant, { jobId, session, wait });
}

/** Without a gateway the command runs the job's attempts itself; jobs that its events cause stay queued. */
async function runHere(
  dormant: Dormant,
  { jobId, session, wait }: { jobId: string; session: Session; wait: () => Promise<JobAnswer> },
): Promise<JobAnswer> {
  const dispatcher = dormant.runOnly(jobId);
  const forget = session.io.onEndSignal((signal) => {
    void dispatcher.stop(0).then(async () => {
      await dormant.close();
      session.io.exit(signal === 'SIGINT' ? 130 : 143);
    });
  });
  session.io.restrictUmask();
  dispatcher.start();
  try {
    return await wait();
  } finally {
    forget();
    await dispatcher.stop(0);
  }
}

function submittedText({ job_id, duplicate, status }: SubmitAnswer): string {
  return duplicate ? `job ${job_id} has that dedupe key already: ${status}\n` : `job ${job_id} is queued\n`;
}
