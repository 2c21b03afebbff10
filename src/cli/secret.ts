import type { secretView } from '../http/api/secrets.ts';
import { systemClock } from '../platform/clock.ts';
import type { AddCommand, Session } from './command.ts';
import { type Column, table } from './output/table.ts';
import { relative } from './output/time.ts';
import { queryOf } from './query.ts';

type SecretAnswer = ReturnType<typeof secretView>;
type HolderAnswer = SecretAnswer['holders'][number];

interface SecretsAnswer {
  readonly secrets: readonly SecretAnswer[];
  readonly next_cursor: string | null;
}

/** `ductile secret …`: which secrets the configuration holds and who gets them. */
export const addSecret: AddCommand = (parent, run) => {
  const secret = parent.command('secret').description('list the secrets of the configuration and who gets them');
  secret
    .command('list')
    .description('every secret with its source and who gets it, never its value')
    .addHelpText('after', '\nExample:\n  $ ductile secret list')
    .action(run((session) => show(session, null)));
  secret
    .command('who-saw')
    .argument('<name>', 'variable, file, or place in the configuration')
    .description('which instances and webhooks get a secret or got it earlier, under which key, since when')
    .addHelpText('after', '\nExample:\n  $ ductile secret who-saw GITHUB_TOKEN')
    .action(run<unknown, readonly [string]>((session, _options, name) => show(session, name)));
};

function show(session: Session, name: string | null): Promise<number> {
  return session.withGateway('read', async ({ request }) => {
    const query = name === null ? '' : queryOf({ name });
    const answer = await request<SecretsAnswer>('GET', `/api/v1/secrets${query}`);
    session.show(answer, ({ secrets }) => {
      return name === null ? listText(secrets, session) : secrets.map((one) => holdersText(one, session)).join('\n');
    });
    return 0;
  });
}

const SECRETS: readonly Column[] = [{ head: 'SECRET', least: 24 }, { head: 'GOES TO', least: 24 }, { head: 'NOTE' }];

function listText(secrets: readonly SecretAnswer[], session: Session): string {
  const { io, paint } = session;
  const present = secrets.filter(({ holders }) => holders.some(({ until_at }) => until_at === null));
  if (present.length === 0) return 'the configuration holds no secrets\n';
  const rows = present.map((one) => {
    const now = one.holders.filter(({ until_at }) => until_at === null);
    return [one.name, [...new Set(now.map(holderName))].join(', '), paint('warn', notesOf(one).join('; '))];
  });
  return `${table(SECRETS, rows, io.stdout.columns)}\n${paint('dim', 'ductile secret who-saw <name> says under which keys and since when')}\n`;
}

const HOLDERS: readonly Column[] = [{ head: 'WHO' }, { head: 'KEY', least: 24 }, { head: 'SINCE' }, { head: 'UNTIL' }];

function holdersText(secret: SecretAnswer, { io, paint }: Session): string {
  const now = systemClock.now();
  const rows = secret.holders.map((holder) => [
    holderName(holder),
    holder.key,
    when(holder.since_version, holder.since_at, now),
    holder.until_at === null ? '' : paint('warn', when(holder.until_version, holder.until_at, now)),
  ]);
  const notes = notesOf(secret).map((note) => `${paint('warn', note)}\n`);
  return `${paint('strong', secret.name)}\n${notes.join('')}${table(HOLDERS, rows, io.stdout.columns)}`;
}

function notesOf({ masked, warnings, holders }: SecretAnswer): readonly string[] {
  if (holders.every(({ until_at }) => until_at !== null)) return ['not in the configuration any more'];
  return [...warnings, ...(masked || warnings.length > 0 ? [] : ['not masked: too short to be told from other text'])];
}

function holderName({ kind, name }: HolderAnswer): string {
  return kind === 'instance' ? (name ?? '') : kind === 'webhook' ? `webhook ${name}` : 'the gateway';
}

function when(version: string | null, at: string | null, now: number): string {
  return version === null ? 'not known' : `${relative(at, now)} (version ${version.slice(0, 8)})`;
}
