import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '../domain/errors.ts';
import type { AddCommand, Session } from './command.ts';
import { programName, shellWord } from './invocation.ts';
import type { Io } from './io.ts';

/** The folder that `init` copies; it stands beside `src/` and `dist/`. */
const STARTER = fileURLToPath(new URL('../../examples/starter', import.meta.url));

/** A folder that is under version control has one of its own. */
const GITIGNORE = '.gitignore';

/** What the first line of the configuration names, for editors. Beside it, since they know nothing of this package. */
const SCHEMA = 'ductile.schema.json';

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
  const kept = existsSync(join(target, GITIGNORE));
  const copied = filesOf(STARTER).filter((file) => !kept || file !== GITIGNORE);
  const files = [...copied, SCHEMA].toSorted();
  const taken = files.filter((file) => existsSync(join(target, file)));
  if (taken.length > 0) {
    throw new OperatorError('file_exists', `${join(target, taken[0] ?? '')} exists already`);
  }
  mkdirSync(target, { recursive: true });
  for (const file of copied) cpSync(join(STARTER, file), join(target, file), { errorOnExist: true, force: false });
  const { renderConfigSchema } = await import('../domain/config/schema.ts');
  writeFileSync(join(target, SCHEMA), renderConfigSchema(), { flag: 'wx' });
  session.show({ folder: target, files }, () =>
    [
      `${paint('good', '✓')} ${target}\n`,
      ...files.map((file) => `    ${file}\n`),
      kept ? `\nYour ${GITIGNORE} was left alone; add .state/ to it.\n` : '',
      '\nNext:\n',
      ...nextLines(target, io).map((line) => `  ${line}\n`),
    ].join(''),
  );
  return 0;
}

/** What to type next. `npx` finds the program only below the folder where it is installed. */
function nextLines(target: string, { env, cwd }: Io): readonly string[] {
  const program = programName(env);
  const installed = env['npm_config_local_prefix'];
  if (program !== 'ductile' && installed !== undefined && !isWithin(target, installed)) {
    return ['check', 'start'].map((command) => `${program} ${command} --config ${shellWord(target)}`);
  }
  const here = relative(cwd, target);
  return [...(here === '' ? [] : [`cd ${shellWord(here)}`]), `${program} check`, `${program} start`];
}

function isWithin(path: string, folder: string): boolean {
  const steps = relative(folder, path);
  return steps !== '..' && !steps.startsWith('../');
}

function filesOf(dir: string, within = ''): readonly string[] {
  return readdirSync(join(dir, within), { withFileTypes: true }).flatMap((entry) => {
    const path = join(within, entry.name);
    return entry.isDirectory() ? filesOf(dir, path) : [path];
  });
}
