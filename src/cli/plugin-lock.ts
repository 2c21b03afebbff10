import { findConfig } from '../disk/find-config.ts';
import { OperatorError } from '../domain/errors.ts';
import type { AddCommand, Session } from './command.ts';
import { nearPath } from './invocation.ts';

/** What `plugin verify` found out about one plugin. */
interface Verified {
  readonly plugin: string;
  readonly directory: string;
  readonly locked: boolean;
  readonly changed: readonly string[];
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

/** `ductile plugin lock` and `verify`: what plugins consist of, recorded and compared. */
export const addPluginLock: AddCommand = (plugin, run) => {
  plugin
    .command('lock')
    .description('record the hash of every file of each plugin in use, in ductile.lock beside the configuration')
    .addHelpText('after', '\nExample:\n  $ ductile plugin lock')
    .action(run(lock));
  plugin
    .command('verify')
    .description('compare the plugins in use with ductile.lock; exit code 1 when anything differs')
    .addHelpText('after', '\nExample:\n  $ ductile plugin verify')
    .action(run(verify));
};

async function lock(session: Session): Promise<number> {
  const { io, paint } = session;
  const { file, directories, hashPlugin, writePluginLock } = await plugins(session);
  const hashes = new Map([...directories.values()].map((dir) => [dir, hashPlugin(dir)]));
  try {
    writePluginLock(file, hashes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OperatorError('permission_denied', `${file} cannot be written: ${reason}`, {
      hint: 'Run the command as a user who may write beside the configuration.',
      cause: error,
    });
  }
  const listed = [...directories].map(([name, directory]) => {
    return { plugin: name, directory, files: hashes.get(directory)?.size ?? 0 };
  });
  session.show({ lock: file, plugins: listed }, (shown) =>
    [
      `${paint('good', '✓')} ${nearPath(shown.lock, io.cwd)}\n`,
      ...shown.plugins.map(({ plugin, files }) => `    ${plugin}: ${files} ${files === 1 ? 'file' : 'files'}\n`),
    ].join(''),
  );
  return 0;
}

async function verify(session: Session): Promise<number> {
  const { io } = session;
  const { file, directories, hashPlugin, compareHashes, readPluginLock } = await plugins(session);
  const read = readPluginLock(file);
  if (!read.ok) {
    throw new OperatorError('not_found', `${file} cannot be read: ${read.reason}`, {
      hint: '`ductile plugin lock` makes it.',
    });
  }
  const verified = [...directories].map(([plugin, directory]): Verified => {
    const recorded = read.lock.get(directory);
    const difference = compareHashes(recorded ?? new Map<string, string>(), hashPlugin(directory));
    return { plugin, directory, locked: recorded !== undefined, ...difference };
  });
  const ok = verified.every((one) => one.locked && countOf(one) === 0);
  session.show({ ok, lock: file, plugins: verified }, (shown) =>
    [
      ...shown.plugins.map((one) => verifiedText(one, session)),
      shown.plugins.length === 0 ? `no plugins to compare with ${nearPath(shown.lock, io.cwd)}\n` : '',
    ].join(''),
  );
  return ok ? 0 : 1;
}

function verifiedText(one: Verified, { paint }: Session): string {
  if (!one.locked) return `${paint('bad', '✗')} ${one.plugin}: not in the lock\n`;
  const lines = [
    ...one.changed.map((path) => `    changed ${path}\n`),
    ...one.missing.map((path) => `    missing ${path}\n`),
    ...one.extra.map((path) => `    added   ${path}\n`),
  ];
  return [`${lines.length === 0 ? paint('good', '✓') : paint('bad', '✗')} ${one.plugin}\n`, ...lines].join('');
}

function countOf({ changed, missing, extra }: Verified): number {
  return changed.length + missing.length + extra.length;
}

/** The directories of the plugins in use by name, the place of the lock, and what handles both. */
async function plugins({ io, config }: Session) {
  const [{ loadSnapshot }, { lockFileOf, readPluginLock, writePluginLock }, { compareHashes, hashPlugin }] =
    await Promise.all([
      import('../disk/build-snapshot.ts'),
      import('../disk/plugin-lock.ts'),
      import('../disk/hash-plugin.ts'),
    ]);
  const file = findConfig({ explicit: config, env: io.env, cwd: io.cwd });
  const { snapshot } = loadSnapshot({ file, env: io.env, verifyPlugins: false });
  const directories = new Map(
    [...snapshot.instances.values()]
      .flatMap(({ plugin, program }): [string, string][] => (program.kind === 'plugin' ? [[plugin, program.dir]] : []))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  return { file: lockFileOf(snapshot.file), directories, compareHashes, hashPlugin, readPluginLock, writePluginLock };
}
