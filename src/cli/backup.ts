import { resolve } from 'node:path';
import { systemClock } from '../platform/clock.ts';
import type { BackupAnswer } from './answers.ts';
import type { AddCommand, Session } from './command.ts';
import { bytesText } from './output/bytes.ts';
import { showing } from './output/progress.ts';
import { relative } from './output/time.ts';

interface BackupOptions {
  readonly force?: boolean;
}

/** `ductile backup`: one file with everything that the gateway knows. */
export const addBackup: AddCommand = (parent, run) => {
  parent
    .command('backup')
    .argument('[file]', 'the new file; none: one in the folder of service.backup')
    .description('make a backup of the database beside the work; the file is whole and checked, or not there')
    .option('--force', 'replace a file of that name once the new one is whole')
    .addHelpText('after', '\nExample:\n  $ ductile backup /backup/ductile.db')
    .action(run<BackupOptions, readonly [string | undefined]>(backup));
};

async function backup(
  session: Session,
  { force: replace = false }: BackupOptions,
  name: string | undefined,
): Promise<number> {
  const { io, json, paint } = session;
  const file = name === undefined ? null : resolve(io.cwd, name);
  return session.withGateway('read', async ({ request }) => {
    const make = () => request<BackupAnswer>('POST', '/api/v1/backup', { file, replace });
    const made = json ? await make() : await showing(io.stderr, { what: 'copying and checking', work: make });
    session.show(made, (shown) => `${paint('good', '✓')} ${shown.file}: ${backupText(shown)}\n`);
    return 0;
  });
}

/** What is in a backup: `4.2 MiB, 1200 jobs, schema 17, of testing 5 m ago`. */
export function backupText({ bytes, jobs, schema, gateway, at }: BackupAnswer): string {
  const of = gateway === null ? '' : `, of ${gateway} ${relative(at, systemClock.now())}`;
  return `${bytesText(bytes)}, ${jobs} job${jobs === 1 ? '' : 's'}, schema ${schema}${of}`;
}
