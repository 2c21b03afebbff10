import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '../domain/errors.ts';
import type { AddCommand, Session } from './command.ts';
import { programName } from './invocation.ts';

/** The folder that `init` copies; it stands beside `src/` and `dist/`. */
const STARTER = fileURLToPath(new URL('../../examples/starter', import.meta.url));

/** `ductile init`: makes a folder with a configuration and a plugin that work. */
export const addInit: AddCommand = (parent, run) => {
  parent
    .command('init')
    .argument('[folder]', 'folder to make', '.')
    .description('make a folder with a small configuration and a plugin to start from')
    .addHelpText('after', '\nExample:\n  $ ductile init my-automations')
    .action(run<unknown, readonly [string]>(init));
};

async function init(session: Session, _options: unknown, folder: string): Promise<number> {
  const { io, paint } = session;
  const target = resolve(io.cwd, folder);
  const files = filesOf(STARTER);
  const taken = files.filter((file) => existsSync(join(target, file)));
  if (taken.length > 0) {
    throw new OperatorError('file_exists', `${join(target, taken[0] ?? '')} exists already`);
  }
  mkdirSync(target, { recursive: true });
  cpSync(STARTER, target, { recursive: true, errorOnExist: true, force: false });
  const here = relative(io.cwd, target);
  session.show({ folder: target, files }, () =>
    [
      `${paint('good', '✓')} ${target}\n`,
      ...files.map((file) => `    ${file}\n`),
      '\nNext:\n',
      here === '' ? '' : `  cd ${here}\n`,
      `  ${programName(io.env)} check\n`,
      `  ${programName(io.env)} start\n`,
    ].join(''),
  );
  return 0;
}

function filesOf(dir: string, within = ''): readonly string[] {
  return readdirSync(join(dir, within), { withFileTypes: true }).flatMap((entry) => {
    const path = join(within, entry.name);
    return entry.isDirectory() ? filesOf(dir, path) : [path];
  });
}
