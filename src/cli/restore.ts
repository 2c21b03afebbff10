import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findConfig } from '../disk/find-config.ts';
import { refuseIfHeld } from '../disk/lock.ts';
import { peekStateDir } from '../disk/peek-state-dir.ts';
import { backupView } from '../http/api/backup-view.ts';
import type { BackupAnswer } from './answers.ts';
import { backupText } from './backup.ts';
import type { AddCommand, Session } from './command.ts';
import { canAsk, confirmed, YES_OPTION } from './confirm.ts';
import { invocation, nearPath } from './invocation.ts';
import { bytesText } from './output/bytes.ts';

interface RestoreOptions {
  readonly verify?: boolean;
  readonly paused?: boolean;
  readonly yes?: boolean;
}

/** What a restore did. */
interface RestoreAnswer {
  readonly backup: BackupAnswer;
  readonly restored: boolean;
  /** Where the database before is kept; null: there was none. */
  readonly kept: string | null;
  readonly paused: boolean;
}

/** `ductile restore`: puts a backup in the place of the database. */
export const addRestore: AddCommand = (parent, run) => {
  parent
    .command('restore')
    .argument('<file>', 'a backup, or a whole copy of ductile.db')
    .description('put a backup in the place of the database, which is kept; no gateway may run')
    .option('--verify', 'only look whether the file could be restored')
    .option('--paused', 'start no job after the next start until `ductile resume`')
    .option(...YES_OPTION)
    .addHelpText('after', '\nExample:\n  $ ductile restore /backup/ductile.db --paused')
    .action(run<RestoreOptions, readonly [string]>(restore));
};

async function restore(session: Session, options: RestoreOptions, name: string): Promise<number> {
  const { io, json, config, paint } = session;
  const { paused = false } = options;
  const file = resolve(io.cwd, name);
  const work = await import('../gateway/restore.ts');
  if (!json && io.stderr.isTerminal) io.stderr.write(`${paint('dim', 'looking at every page …')}\n`);
  if (options.verify === true) {
    const backup = backupView(work.verify(file));
    session.show({ backup, restored: false, kept: null, paused: false }, (shown) => {
      return `${paint('good', '✓')} ${nearPath(file, io.cwd)} can be restored: ${backupText(shown.backup)}\n`;
    });
    return 0;
  }
  const configFile = findConfig({ explicit: config, env: io.env, cwd: io.cwd });
  // A configuration with errors does not stand in the way: the folder is all that is needed of it.
  const stateDir = peekStateDir({ file: configFile, env: io.env });
  refuseIfHeld(stateDir);
  const present = statSync(join(stateDir, 'ductile.db'), { throwIfNoEntry: false });
  const backup = backupView(work.verify(file));
  // A script that restores means it, and the database before is kept.
  if (present !== undefined && canAsk(session)) {
    const question = `Put the database of ${bytesText(present.size)} in ${stateDir} aside and restore ${backupText(backup)}?`;
    if (!(await confirmed(session, { yes: options.yes, question }))) return 1;
  }
  const { kept } = work.restore({ stateDir, file, paused, pid: io.pid });
  const answer: RestoreAnswer = { backup, restored: true, kept, paused };
  session.show(answer, (shown) => restoredText(shown, configFile, session));
  return 0;
}

function restoredText({ backup, kept, paused }: RestoreAnswer, configFile: string, { io, paint }: Session): string {
  const next = invocation('start', { file: configFile, io });
  return [
    `${paint('good', '✓')} restored: ${backupText(backup)}\n`,
    kept === null ? '' : `  ${paint('dim', 'the database before is kept as')} ${nearPath(kept, io.cwd)}\n`,
    `  ${paint('dim', 'next')} ${next}`,
    paused ? `, ${paint('dim', 'look around, then')} ${invocation('resume', { file: configFile, io })}` : '',
    '\n',
  ].join('');
}
