import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findConfig } from '../disk/find-config.ts';
import { OperatorError } from '../domain/errors.ts';
import { systemClock } from '../platform/clock.ts';
import { type AddCommand, type Session, wholeNumberOf } from './command.ts';
import { nearPath } from './invocation.ts';
import { bundleText } from './output/bundle-text.ts';
import { VERSION } from './version.ts';

interface Options {
  readonly out?: string;
  readonly attempt?: string;
}

/** `ductile bundle`: one masked file from which attempts of a job are replayed elsewhere. */
export const addBundle: AddCommand = (parent, run) => {
  parent
    .command('bundle')
    .argument('<job>', 'job id')
    .description('write one file, secrets masked, from which the job is replayed elsewhere')
    .option('-o, --out <file>', 'a new file (default: ductile-<job>.tar.gz in this folder)')
    .option('--attempt <number>', 'only this attempt (default: the latest 20)')
    .addHelpText('after', '\nExample:\n  $ ductile bundle 0197… --out failure.tar.gz')
    .action(run<Options, readonly [string]>(bundle));
};

async function bundle(session: Session, options: Options, jobId: string): Promise<number> {
  const { io, config } = session;
  const attempt = options.attempt === undefined ? null : wholeNumberOf('--attempt', options.attempt);
  const [{ loadSnapshot }, { makeBundle }] = await Promise.all([
    import('../disk/build-snapshot.ts'),
    import('../gateway/bundle.ts'),
  ]);
  const { snapshot } = loadSnapshot({ file: findConfig({ explicit: config, env: io.env, cwd: io.cwd }), env: io.env });
  const made = await makeBundle(snapshot, { jobId, attempt, version: VERSION, now: systemClock.now() });
  const { bytes, manifest } = made;
  const file = resolve(io.cwd, options.out ?? `ductile-${manifest.job_id}.tar.gz`);
  writeNew(file, bytes);
  session.show({ file, bytes: bytes.length, ...manifest }, (shown) =>
    bundleText(shown, { paint: session.paint, path: nearPath(shown.file, io.cwd) }),
  );
  return 0;
}

function writeNew(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatorError(
      exists ? 'file_exists' : 'usage',
      exists ? `${file} exists already` : `the bundle could not be written: ${why}`,
      {
        hint: 'Name a file that does not exist yet, in a folder that does, with --out.',
        cause: error,
      },
    );
  }
}
