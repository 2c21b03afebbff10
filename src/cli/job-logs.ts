import type { Command } from 'commander';
import { OperatorError } from '../domain/errors.ts';
import type { JobLogsAnswer } from './answers.ts';
import { type Runner, type Session, wholeNumberOf } from './command.ts';
import { jsonOutput } from './output/json-text.ts';
import { createLogText } from './output/log-text.ts';
import { queryOf } from './query.ts';

interface LogsOptions {
  readonly follow?: boolean;
  readonly attempt?: string;
}

/** Adds `ductile job logs`: what a job said. */
export function addJobLogs(job: Command, run: Runner): void {
  job
    .command('logs')
    .argument('<id>', 'job id')
    .description('what a job said: stderr and log entries of its attempts')
    .option('-f, --follow', 'go on while it runs, over retries too, until it has ended')
    .option('--attempt <number>', 'of one attempt')
    .addHelpText('after', '\nExample:\n  $ ductile job logs 0197… --follow')
    .action(run<LogsOptions, readonly [string]>(logs));
}

const LINES = { isTerminal: false };

async function logs(session: Session, { follow = false, attempt }: LogsOptions, id: string): Promise<number> {
  const number = attempt === undefined ? undefined : wholeNumberOf('--attempt', attempt);
  if (number !== undefined && number < 1) {
    throw new OperatorError('usage', `--attempt "${attempt}" is not the number of an attempt`, {
      hint: 'attempts count from 1; `ductile job show <id>` lists them',
    });
  }
  const { io, json } = session;
  const path = `/api/v1/jobs/${encodeURIComponent(id)}/logs`;
  return session.withGateway('read', async ({ request, stream }) => {
    if (json && !follow) {
      const query = number === undefined ? { limit: '100' } : { limit: '1', cursor: String(number) };
      const page = await request<JobLogsAnswer>('GET', `${path}${queryOf(query)}`);
      io.stdout.write(jsonOutput(page, io.stdout));
      return 0;
    }
    const text = createLogText(io.stdout);
    const query = { attempt: number === undefined ? undefined : String(number), follow: String(follow) };
    for await (const { event, data } of stream(`${path}/stream${queryOf(query)}`)) {
      // One line for each piece, also on a terminal: programs read it while it comes.
      io.stdout.write(json ? jsonOutput({ kind: event, ...asObject(data) }, LINES) : text(event, data));
      if (io.stdout.gone?.aborted === true) break;
    }
    return 0;
  });
}

function asObject(data: unknown): object {
  return typeof data === 'object' && data !== null ? data : {};
}
