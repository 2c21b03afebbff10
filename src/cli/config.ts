import type { EffectiveValue } from '../domain/config/effective.ts';
import { OperatorError } from '../domain/errors.ts';
import { type DiffHunk, diffLines } from '../domain/line-diff.ts';
import type { configTextView, configVersionView, configView } from '../http/api/config-view.ts';
import { systemClock } from '../platform/clock.ts';
import type { AddCommand, Session } from './command.ts';
import type { Connection } from './connect.ts';
import { nearPath } from './invocation.ts';
import { type Column, table } from './output/table.ts';
import { relative } from './output/time.ts';

type ConfigAnswer = ReturnType<typeof configView>;
type VersionAnswer = ReturnType<typeof configVersionView>;
type TextAnswer = ReturnType<typeof configTextView>;

interface ValuesAnswer {
  readonly version: string;
  readonly file: string;
  readonly values: readonly EffectiveValue[];
}

interface HistoryAnswer {
  readonly versions: readonly VersionAnswer[];
  readonly next_cursor: string | null;
}

/** `ductile config …`: the configuration in force, and the ones before it. */
export const addConfig: AddCommand = (parent, run) => {
  const config = parent.command('config').description('show the configuration in force and earlier ones');
  config
    .command('show')
    .description('the configuration in force as it is written, all files in one, secrets masked')
    .option('--effective', 'every value, those that nobody set included, with where it comes from')
    .addHelpText('after', '\nExample:\n  $ ductile config show --effective')
    .action(run(show));
  config
    .command('history')
    .description('the versions of the configuration that were in force, newest first')
    .addHelpText('after', '\nExample:\n  $ ductile config history')
    .action(run(history));
  config
    .command('diff')
    .argument('[from]', 'version, or the beginning of it (default: the one before the newest)')
    .argument('[to]', 'version (default: the newest)')
    .description('what changed from one version of the configuration to another')
    .addHelpText('after', '\nExample:\n  $ ductile config diff')
    .action(run<unknown, readonly [string?, string?]>(diff));
};

function show(session: Session, { effective = false }: { readonly effective?: boolean }): Promise<number> {
  return session.withGateway('read', async ({ request }) => {
    if (effective) {
      const answer = await request<ValuesAnswer>('GET', '/api/v1/config/values');
      session.show(answer, ({ values }) => valuesTable(values, session));
    } else {
      const answer = await request<ConfigAnswer>('GET', '/api/v1/config');
      const { io, paint } = session;
      session.show(answer, ({ version, file, text }) => {
        return `${paint('dim', `# ${nearPath(file, io.cwd)}, version ${version}`)}\n${text}`;
      });
    }
    return 0;
  });
}

const VALUES: readonly Column[] = [{ head: 'KEY' }, { head: 'VALUE', least: 16 }, { head: 'FROM', least: 24 }];

function valuesTable(values: readonly EffectiveValue[], { io, paint }: Session): string {
  const rows = values.map(({ path, value, origin }) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return [path, origin.kind === 'default' ? paint('dim', text) : text, paint('dim', originText(origin, io.cwd))];
  });
  return table(VALUES, rows, io.stdout.columns);
}

function originText({ kind, location, reference }: EffectiveValue['origin'], cwd: string): string {
  const place = location === null ? '' : `${nearPath(location.file, cwd)}:${location.line}:${location.column}`;
  const by = reference === null ? '' : ` ${reference}`;
  switch (kind) {
    case 'file':
    case 'environment':
    case 'secret_file':
      return `${place}${by}`;
    case 'defaults':
      return `defaults, ${place}${by}`;
    case 'manifest':
      return `manifest, ${place}`;
    case 'default':
      return 'default';
    default:
      return kind satisfies never;
  }
}

const VERSIONS: readonly Column[] = [{ head: 'VERSION' }, { head: 'IN FORCE SINCE' }, { head: 'FILE', least: 16 }];

function history(session: Session): Promise<number> {
  return session.withGateway('read', async ({ request }) => {
    const answer = await request<HistoryAnswer>('GET', '/api/v1/config/versions');
    session.show(answer, ({ versions }) => {
      if (versions.length === 0) return 'no configuration has been in force yet\n';
      const now = systemClock.now();
      const rows = versions.map(({ version, at, file }) => [version, relative(at, now), file]);
      return table(VERSIONS, rows, session.io.stdout.columns);
    });
    return 0;
  });
}

function diff(session: Session, _options: unknown, from?: string, to?: string): Promise<number> {
  return session.withGateway('read', async ({ request }) => {
    const [before, after] = await bothOf(request, from, to);
    const named = ({ text: _, ...version }: TextAnswer): VersionAnswer => version;
    const answer = { from: named(before), to: named(after), hunks: diffLines(before.text, after.text).map(hunkView) };
    session.show(answer, (shown) => diffText(shown, session));
    return 0;
  });
}

/** The two versions that are meant; throws `not_found` when there is nothing to compare with. */
async function bothOf(
  request: Connection['request'],
  from: string | undefined,
  to: string | undefined,
): Promise<readonly [TextAnswer, TextAnswer]> {
  const { versions } = await request<HistoryAnswer>('GET', '/api/v1/config/versions');
  const [newest, previous] = versions;
  const older = from ?? previous?.version;
  const newer = to ?? newest?.version;
  if (older === undefined || newer === undefined) {
    const count = versions.length === 0 ? 'no configuration has' : 'only one configuration has';
    throw new OperatorError('not_found', `${count} been in force`, {
      hint: 'A version is kept each time a gateway starts with a changed configuration or reloads one.',
    });
  }
  const textOf = (version: string) =>
    request<TextAnswer>('GET', `/api/v1/config/versions/${encodeURIComponent(version)}`);
  return [await textOf(older), await textOf(newer)];
}

interface DiffAnswer {
  readonly from: VersionAnswer;
  readonly to: VersionAnswer;
  readonly hunks: readonly ReturnType<typeof hunkView>[];
}

function hunkView({ oldLine, newLine, lines }: DiffHunk) {
  return { old_line: oldLine, new_line: newLine, lines };
}

function diffText({ from, to, hunks }: DiffAnswer, { paint }: Session): string {
  const looks = { same: ['dim', ' '], old: ['bad', '-'], new: ['good', '+'] } as const;
  const head = ({ version, at, file }: VersionAnswer, kind: 'old' | 'new'): string =>
    `${paint(looks[kind][0], `${looks[kind][1]} ${version}`)} ${paint('dim', `${at ?? ''} ${file}`)}\n`;
  const body = hunks.flatMap(({ old_line: old, new_line: fresh, lines }) => [
    `${paint('busy', `@ line ${old === fresh ? old : `${old} → ${fresh}`}`)}\n`,
    ...lines.map(({ kind, text }) => `${paint(looks[kind][0], `${looks[kind][1]} ${text}`)}\n`),
  ]);
  return [head(from, 'old'), head(to, 'new'), ...body, hunks.length === 0 ? sameText(from, to) : ''].join('');
}

function sameText(before: VersionAnswer, after: VersionAnswer): string {
  if (before.version === after.version) return 'the same\n';
  return 'no line differs: what the configuration refers to has changed (a variable, a secret, a manifest, the lock)\n';
}
