import type { Json } from '../domain/json.ts';
import type { JobReplayAnswer } from './answers.ts';
import { type AddCommand, durationOf, type Session } from './command.ts';
import { sayNoGateway } from './no-gateway.ts';
import { jobReplayText } from './output/job-replay-text.ts';
import { PAYLOAD_HELP, payloadOf } from './payload.ts';
import { showEnd, WAIT_OPTIONS } from './wait-for-job.ts';

interface ReplayOptions {
  readonly payload?: string;
  readonly sameKey?: true;
  readonly wait?: true;
  readonly timeout: string;
}

/** `ductile job replay`: runs a job that has ended again, as a new one. */
export const addJobReplay: AddCommand = (parent, run) => {
  parent
    .command('replay')
    .argument('<id>', 'job id')
    .description('run a job that has ended again as a new job, with the same payload or another')
    .option('-p, --payload <json>', `instead of its own: ${PAYLOAD_HELP.replace(/ \(.*$/, '')}`)
    .option('--same-key', 'with the idempotency key of the old job')
    .option(...WAIT_OPTIONS.wait)
    .option(...WAIT_OPTIONS.timeout)
    .addHelpText('after', '\nExample:\n  $ ductile job replay 0197… --wait')
    .action(run<ReplayOptions, readonly [string]>(replay));
};

async function replay(session: Session, options: ReplayOptions, id: string): Promise<number> {
  const { timeout, wait, sameKey, payload: text } = options;
  durationOf('--timeout', timeout);
  const payload: { readonly payload?: Json } = text === undefined ? {} : { payload: await payloadOf(text, session.io) };
  const path = `/api/v1/jobs/${encodeURIComponent(id)}/replay`;
  return session.withGateway('write', async (connection) => {
    const made = await connection.request<JobReplayAnswer>('POST', path, { ...payload, same_key: sameKey ?? false });
    if (wait === true) return showEnd(session, connection, { jobId: made.job_id, timeout });
    session.show(made, jobReplayText);
    if (connection.dormant !== null) sayNoGateway(session);
    return 0;
  });
}
