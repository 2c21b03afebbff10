import { Option } from 'commander';
import { OperatorError } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import { JOB_STATUSES } from '../domain/job.ts';
import { systemClock } from '../platform/clock.ts';
import type { JobAnswer, JobSummaryAnswer } from './answers.ts';
import { BULK_OPTIONS, type BulkOptions, runBulk, selects } from './bulk.ts';
import { type AddCommand, limitOf, type Session } from './command.ts';
import { YES_OPTION } from './confirm.ts';
import { addJobLogs } from './job-logs.ts';
import { addJobReplay } from './job-replay.ts';
import { sayNoGateway } from './no-gateway.ts';
import { jobTable } from './output/job-table.ts';
import { jobText } from './output/job-text.ts';
import { more } from './output/more.ts';
import { visible } from './output/visible.ts';
import { queryOf } from './query.ts';
import { sinceOf } from './since.ts';
import { WATCH_OPTION, watch } from './watch.ts';

interface ListOptions {
  readonly status?: string;
  readonly instance?: string;
  readonly since?: string;
  readonly limit: string;
  readonly cursor?: string;
  readonly watch?: boolean;
}

/** `ductile job …`: what is and was on the queue. */
export const addJob: AddCommand = (parent, run) => {
  const job = parent.command('job').description('list, show, cancel and retry jobs');
  job
    .command('list')
    .description('jobs, newest first')
    .addOption(new Option('--status <status>', 'of one status').choices(JOB_STATUSES))
    .option('--instance <name>', 'of one instance')
    .option('--since <time>', 'created after: a duration back from now (6h) or an RFC 3339 instant')
    .option('--limit <number>', 'how many', '20')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .option(...WATCH_OPTION)
    .addHelpText('after', '\nExample:\n  $ ductile job list --status failed --since 24h')
    .action(run<ListOptions>(list));
  job
    .command('show')
    .argument('<id>', 'job id')
    .description('everything about one job: attempts, output, events, lineage')
    .addHelpText('after', '\nExample:\n  $ ductile job show 0197…')
    .action(
      run<unknown, readonly [string]>((session, _options, id) =>
        session.withGateway('read', async ({ request }) => {
          const job = await request<JobAnswer>('GET', `/api/v1/jobs/${encodeURIComponent(id)}`);
          session.show(job, (shown) => jobText(shown, session.io.stdout));
          return 0;
        }),
      ),
    );
  addJobLogs(job, run);
  job
    .command('cancel')
    .argument('[ids...]', 'job ids')
    .description('end jobs: a queued one at once, a running one with TERM, then KILL')
    .option('--lineage', 'also everything that came of it and has not ended')
    .option('--all', 'every queued and running job')
    .addOption(new Option('--status <status>', 'those of one status').choices(['queued', 'running']))
    .option(...BULK_OPTIONS.instance)
    .option(...BULK_OPTIONS.command)
    .option(...BULK_OPTIONS.since)
    .option(...BULK_OPTIONS.until)
    .option(...BULK_OPTIONS.dryRun)
    .option(...YES_OPTION)
    .addHelpText('after', '\nExample:\n  $ ductile job cancel 0197… --lineage')
    .action(run<CancelOptions, readonly [readonly string[]]>(cancelAny));
  job
    .command('retry')
    .argument('[ids...]', 'job ids')
    .description('run failed, dead or cancelled jobs again; a queued one becomes due now')
    .option('--all', 'every failed and dead job')
    .addOption(
      new Option('--status <status>', 'those of one status').choices(['failed', 'dead', 'cancelled', 'queued']),
    )
    .option(...BULK_OPTIONS.instance)
    .option(...BULK_OPTIONS.command)
    .option(...BULK_OPTIONS.errorCode)
    .option(...BULK_OPTIONS.fingerprint)
    .option(...BULK_OPTIONS.since)
    .option(...BULK_OPTIONS.until)
    .option(...BULK_OPTIONS.rate)
    .option(...BULK_OPTIONS.dryRun)
    .option(...YES_OPTION)
    .addHelpText('after', '\nExample:\n  $ ductile job retry 0197…')
    .action(run<BulkOptions, readonly [readonly string[]]>(retryAny));
  addJobReplay(job, run);
};

async function list(session: Session, options: ListOptions): Promise<number> {
  const { status, instance, cursor } = options;
  const limit = limitOf(options.limit);
  const since = options.since === undefined ? undefined : formatInstant(sinceOf(options.since, systemClock.now()));
  const path = `/api/v1/jobs${queryOf({ status, instance, since, limit, cursor })}`;
  const text = ({ jobs, next_cursor }: ListAnswer): string => jobTable(jobs, session.io.stdout) + more(next_cursor);
  const page = () => session.withGateway('read', ({ request }) => request<ListAnswer>('GET', path));
  if (options.watch === true) return watch(session, async () => text(visible(await page())));
  session.show(await page(), text);
  return 0;
}

interface ListAnswer {
  readonly jobs: readonly JobSummaryAnswer[];
  readonly next_cursor: string | null;
}

interface CancelOptions extends BulkOptions {
  readonly lineage?: true;
}

interface CancelAnswer extends JobSummaryAnswer {
  /** Ids of the jobs that were cancelled. */
  readonly cancelled: readonly string[];
}

/** One job that is named is shown itself, as it is then. */
async function cancelAny(session: Session, options: CancelOptions, ids: readonly string[]): Promise<number> {
  const [id, ...others] = ids;
  const { lineage = false, ...bulk } = options;
  if (id !== undefined && others.length === 0 && !selects(bulk) && bulk.dryRun !== true)
    return cancel(session, id, lineage);
  if (!lineage) return runBulk(session, { action: 'cancel', ids, options: bulk });
  throw new OperatorError('usage', '--lineage is about one job', { hint: 'Name one job with it.' });
}

async function retryAny(session: Session, options: BulkOptions, ids: readonly string[]): Promise<number> {
  const [id, ...others] = ids;
  const single = id !== undefined && others.length === 0 && !selects(options);
  if (single && options.dryRun !== true && options.rate === undefined) return retry(session, id);
  return runBulk(session, { action: 'retry', ids, options });
}

async function cancel(session: Session, id: string, lineage: boolean): Promise<number> {
  const path = `/api/v1/jobs/${encodeURIComponent(id)}/cancel${lineage ? '?lineage=true' : ''}`;
  return session.withGateway('write', async ({ request }) => {
    const answer = await request<CancelAnswer>('POST', path);
    session.show(answer, ({ cancelled }) => cancelled.map((name) => `job ${name} is cancelled\n`).join(''));
    return 0;
  });
}

async function retry(session: Session, id: string): Promise<number> {
  return session.withGateway('write', async ({ request, dormant }) => {
    const job = await request<JobSummaryAnswer>('POST', `/api/v1/jobs/${encodeURIComponent(id)}/retry`);
    session.show(job, ({ id: name, status }) => `job ${name} is ${status}\n`);
    if (dormant !== null && job.status === 'queued') sayNoGateway(session);
    return 0;
  });
}
