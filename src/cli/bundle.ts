import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findConfig } from '../disk/find-config.ts';
import { OperatorError } from '../domain/errors.ts';
import { formatSize } from '../domain/units.ts';
import { systemClock } from '../platform/clock.ts';
import { type AddCommand, type Session, wholeNumberOf } from './command.ts';
import { nearPath } from './invocation.ts';
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
  session.show({ file, bytes: bytes.length, ...manifest }, (shown) => {
    const { attempts, program, references, masked } = shown;
    const lines = [
      `${nearPath(shown.file, io.cwd)}: ${attempts.length} of the attempts of job ${shown.job_id}, ${sizeOf(shown.bytes)}`,
      program.included ? `plugin: ${program.files} files` : `without the plugin: ${program.reason}`,
      ...program.omitted.map(({ path, reason }) => `left out: ${path}: ${reason}`),
      ...attempts.flatMap((one) =>
        one.reason === null ? [] : [`attempt ${one.attempt} cannot be replayed: ${one.reason}`],
      ),
      references.length === 0 ? 'it needs no secrets' : `secrets are not in it: ${references.join(', ')}`,
      ...masked.map((one) => `masked: ${one.file} ${one.places.filter((place) => place !== '').join(', ')}`.trimEnd()),
      `replay it: ductile replay --bundle ${nearPath(shown.file, io.cwd)}`,
    ];
    return lines.map((line) => `${line}\n`).join('');
  });
  return 0;
}

function sizeOf(bytes: number): string {
  return formatSize(Math.ceil(bytes / 1_024) * 1_024);
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
