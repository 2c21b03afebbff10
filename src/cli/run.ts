import type { SubmitAnswer } from './answers.ts';
import { type AddCommand, durationOf, type Session, wholeNumberOf } from './command.ts';
import { sayNoGateway } from './no-gateway.ts';
import { PAYLOAD_HELP, payloadOf } from './payload.ts';
import { showEnd, WAIT_OPTIONS } from './wait-for-job.ts';

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
    .option('-p, --payload <json>', PAYLOAD_HELP)
    .option(...WAIT_OPTIONS.wait)
    .option(...WAIT_OPTIONS.timeout)
    .option('--dedupe-key <key>', 'return the job that has this key instead of making a second one')
    .option('--priority <number>', 'from -100 to 100; higher runs first')
    .option('--max-attempts <number>', "instead of the instance's own")
    .addHelpText('after', `\nExample:\n  $ ductile run hello handle --payload '{"name": "Ada"}' --wait`)
    .action(run<RunOptions, readonly [string, string]>(runJob));
};

async function runJob(session: Session, options: RunOptions, instance: string, command: string): Promise<number> {
  const { timeout, priority, maxAttempts, dedupeKey } = options;
  durationOf('--timeout', timeout);
  const body = {
    instance,
    command,
    payload: await payloadOf(options.payload, session.io),
    ...(dedupeKey === undefined ? {} : { dedupe_key: dedupeKey }),
    ...(priority === undefined ? {} : { priority: wholeNumberOf('--priority', priority) }),
    ...(maxAttempts === undefined ? {} : { max_attempts: wholeNumberOf('--max-attempts', maxAttempts) }),
  };
  return session.withGateway('write', async (connection) => {
    const { dormant, request } = connection;
    const submitted = await request<SubmitAnswer>('POST', '/api/v1/jobs', body);
    if (options.wait !== true) {
      session.show(submitted, submittedText);
      if (dormant !== null) sayNoGateway(session);
      return 0;
    }
    return showEnd(session, connection, { jobId: submitted.job_id, timeout });
  });
}

function submittedText({ job_id, duplicate, status }: SubmitAnswer): string {
  return duplicate ? `job ${job_id} has that dedupe key already: ${status}\n` : `job ${job_id} is queued\n`;
}
