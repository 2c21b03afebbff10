import type { DeadGroupAnswer, DeadJobsAnswer } from './answers.ts';
import { BULK_OPTIONS, type BulkOptions, runBulk } from './bulk.ts';
import { type AddCommand, limitOf, type Session } from './command.ts';
import { YES_OPTION } from './confirm.ts';
import { type EditOptions, editJob } from './edit-job.ts';
import { deadTable, deadText } from './output/dead-text.ts';
import { more } from './output/more.ts';
import { PAYLOAD_HELP } from './payload.ts';
import { queryOf } from './query.ts';

interface PageOptions {
  readonly limit: string;
  readonly cursor?: string;
}

interface ListOptions extends PageOptions {
  readonly instance?: string;
}

/** `ductile dead …`: jobs that ended badly, grouped by what went wrong. */
export const addDead: AddCommand = (parent, run) => {
  const dead = parent.command('dead').description('dead letters: list, look, retry, replay, edit');
  dead
    .command('list')
    .description('failed and dead jobs by what went wrong; the group that grew last comes first')
    .option('--instance <name>', 'of one instance')
    .option('--limit <number>', 'how many', '20')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .addHelpText('after', '\nExample:\n  $ ductile dead list --instance notify')
    .action(run<ListOptions>(list));
  dead
    .command('show')
    .argument('<fingerprint>', 'of a group')
    .description('one group: its error and its jobs')
    .option('--limit <number>', 'how many jobs', '20')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .addHelpText('after', '\nExample:\n  $ ductile dead show 49292d54220b14f7')
    .action(run<PageOptions, readonly [string]>(show));
  for (const [action, description] of [
    ['retry', 'run dead letters again: the same jobs, with the same idempotency keys'],
    ['replay', 'run dead letters again as new jobs; the old ones leave the desk'],
  ] as const) {
    dead
      .command(action)
      .argument('[ids...]', 'job ids')
      .description(description)
      .option('--all', 'every dead letter')
      .option(...BULK_OPTIONS.fingerprint)
      .option(...BULK_OPTIONS.instance)
      .option(...BULK_OPTIONS.command)
      .option(...BULK_OPTIONS.errorCode)
      .option(...BULK_OPTIONS.since)
      .option(...BULK_OPTIONS.until)
      .option(...BULK_OPTIONS.rate)
      .option(...BULK_OPTIONS.dryRun)
      .option(...YES_OPTION)
      .addHelpText('after', `\nExample:\n  $ ductile dead ${action} --fingerprint 49292d54220b14f7 --rate 10/1m`)
      .action(
        run<BulkOptions, readonly [readonly string[]]>((session, options, ids) =>
          runBulk(session, { action, ids, options }),
        ),
      );
  }
  dead
    .command('edit')
    .argument('<id>', 'job id')
    .description('run a job again as a new one with another payload: edited in $EDITOR, or given')
    .option('-p, --payload <json>', PAYLOAD_HELP.replace(/ \(.*$/, ''))
    .option('--same-key', 'with the idempotency key of the old job')
    .addHelpText('after', `\nExample:\n  $ ductile dead edit 0197… --payload '{"to": "ada@example.com"}'`)
    .action(run<EditOptions, readonly [string]>(editJob));
};

async function list(session: Session, { instance, cursor, ...options }: ListOptions): Promise<number> {
  const path = `/api/v1/dead${queryOf({ instance, limit: limitOf(options.limit), cursor })}`;
  return session.withGateway('read', async ({ request }) => {
    const page = await request<{ dead: readonly DeadGroupAnswer[]; next_cursor: string | null }>('GET', path);
    session.show(page, ({ dead, next_cursor }) => deadTable(dead, session.io.stdout) + more(next_cursor));
    return 0;
  });
}

async function show(session: Session, { cursor, ...options }: PageOptions, fingerprint: string): Promise<number> {
  const query = queryOf({ limit: limitOf(options.limit), cursor });
  return session.withGateway('read', async ({ request }) => {
    const group = await request<DeadJobsAnswer>('GET', `/api/v1/dead/${encodeURIComponent(fingerprint)}${query}`);
    session.show(group, (shown) => deadText(shown, session.io.stdout) + more(shown.next_cursor));
    return 0;
  });
}
