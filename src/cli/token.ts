import { nearest } from '../domain/did-you-mean.ts';
import { OperatorError } from '../domain/errors.ts';
import { SCOPES } from '../domain/scope.ts';
import { systemClock } from '../platform/clock.ts';
import type { CreatedTokenAnswer, TokenAnswer } from './answers.ts';
import { type AddCommand, limitOf, type Session } from './command.ts';
import { more } from './output/more.ts';
import { type Column, table } from './output/table.ts';
import { relative } from './output/time.ts';
import { queryOf } from './query.ts';

interface CreateOptions {
  readonly scope: readonly string[];
  readonly instance?: readonly string[];
  readonly expires?: string;
}

interface ListOptions {
  readonly all?: boolean;
  readonly limit: string;
  readonly cursor?: string;
}

interface ListAnswer {
  readonly tokens: readonly TokenAnswer[];
  readonly next_cursor: string | null;
}

/** `ductile token …`: what clients of the API prove themselves with. */
export const addToken: AddCommand = (parent, run) => {
  const token = parent.command('token').description('create, list and revoke tokens for the API');
  token
    .command('create')
    .argument('<name>', 'what the token is called, in lists and as `api:<name>` on its jobs')
    .description('make a token, shown this once: only a hash of it is kept')
    .requiredOption('--scope <scope>', `what it may do: ${SCOPES.join(', ')}; can be given again`, collect)
    .option('--instance <name>', 'limit it to an instance; can be given again', collect)
    .option('--expires <duration>', 'how long it is of use, such as 12h or 90d (default: until it is revoked)')
    .addHelpText('after', '\nExample:\n  $ ductile token create ci --scope submit --instance hello --expires 90d')
    .action(run<CreateOptions, readonly [string]>(create));
  token
    .command('list')
    .description('tokens with what they may do and when they were used last, newest first')
    .option('--all', 'those that expired or were revoked, too')
    .option('--limit <number>', 'how many', '50')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .addHelpText('after', '\nExample:\n  $ ductile token list --all')
    .action(run<ListOptions>(list));
  token
    .command('revoke')
    .argument('<name>', 'the name it was given')
    .description('end a token at once; streams that it opened are closed')
    .addHelpText('after', '\nExample:\n  $ ductile token revoke ci')
    .action(run<unknown, readonly [string]>(revoke));
};

async function create(session: Session, options: CreateOptions, name: string): Promise<number> {
  const { io, json, paint } = session;
  for (const scope of options.scope) checkScope(scope);
  const body = {
    name,
    scopes: [...options.scope],
    ...(options.instance === undefined ? {} : { instances: [...options.instance] }),
    ...(options.expires === undefined ? {} : { expires_in: options.expires }),
  };
  return session.withGateway('write', async ({ request }) => {
    const created = await request<CreatedTokenAnswer>('POST', '/api/v1/tokens', body);
    // Alone on standard output, so that a script can take it from there.
    session.show(created, ({ token }) => `${token}\n`);
    if (!json) io.stderr.write(`${paint('dim', createdText(created))}\n`);
    return 0;
  });
}

async function list(session: Session, { all, limit, cursor }: ListOptions): Promise<number> {
  const query = queryOf({ all: all === true ? 'true' : undefined, limit: limitOf(limit), cursor });
  return session.withGateway('read', async ({ request }) => {
    const page = await request<ListAnswer>('GET', `/api/v1/tokens${query}`);
    session.show(page, ({ tokens, next_cursor }) => tokenTable(tokens, session) + more(next_cursor));
    return 0;
  });
}

async function revoke(session: Session, _options: unknown, name: string): Promise<number> {
  return session.withGateway('write', async ({ request }) => {
    const revoked = await request<TokenAnswer>('DELETE', `/api/v1/tokens/${encodeURIComponent(name)}`);
    session.show(revoked, ({ name: ended, last_used_at }) => {
      const used =
        last_used_at === null ? 'it was never used' : `it was used ${relative(last_used_at, systemClock.now())}`;
      return `${ended} is revoked; ${used}\n`;
    });
    return 0;
  });
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function checkScope(scope: string): void {
  if (SCOPES.some((known) => known === scope)) return;
  const near = nearest(scope, SCOPES);
  throw new OperatorError('usage', `--scope "${scope}" is none of ${SCOPES.join(', ')}`, {
    hint:
      near === null
        ? 'read looks, submit adds jobs and events, operate changes how things run, admin does all'
        : `did you mean "${near}"?`,
  });
}

function createdText({ name, scopes, instances, expires_at }: CreatedTokenAnswer): string {
  const where = instances === null ? '' : ` of ${instances.join(', ')}`;
  const until = expires_at === null ? 'until it is revoked' : `until ${expires_at}`;
  return `${name} allows ${scopes.join(', ')}${where}, ${until}. It is not shown again.`;
}

const COLUMNS: readonly Column[] = [
  { head: 'TOKEN', least: 12 },
  { head: 'SCOPES', least: 12 },
  { head: 'INSTANCES', least: 12 },
  { head: 'STATUS' },
  { head: 'EXPIRES' },
  { head: 'LAST USED' },
  { head: 'FROM', least: 9, optional: true },
  { head: 'CREATED', optional: true },
];

const TONES = { live: 'good', expired: 'dim', revoked: 'dim' } as const;

function tokenTable(tokens: readonly TokenAnswer[], { io, paint }: Session): string {
  if (tokens.length === 0) return 'no tokens\n';
  const now = systemClock.now();
  const rows = tokens.map((token) => [
    token.name,
    token.scopes.join(', '),
    token.instances?.join(', ') ?? 'all',
    paint(TONES[token.status], token.status),
    token.expires_at === null ? 'never' : relative(token.expires_at, now),
    relative(token.last_used_at, now),
    token.last_used_from ?? '',
    relative(token.created_at, now),
  ]);
  return table(COLUMNS, rows, io.stdout.columns);
}
