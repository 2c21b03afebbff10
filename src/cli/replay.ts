import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findConfig } from '../disk/find-config.ts';
import { OperatorError } from '../domain/errors.ts';
import type { ReplayOptions, ReplayReport } from '../gateway/replay.ts';
import { type AddCommand, durationOf, type Session, wholeNumberOf } from './command.ts';
import { YES_OPTION } from './confirm.ts';

interface Options {
  readonly offline?: boolean;
  readonly bundle?: string;
  readonly attempt?: string;
  readonly plugin?: string;
  readonly secret?: readonly string[];
  readonly timeout?: string;
  readonly currentConfig?: boolean;
  readonly yes?: boolean;
}

/** `ductile replay`: runs an attempt again with the request that it had, and compares; nothing is stored. */
export const addReplay: AddCommand = (parent, run) => {
  parent
    .command('replay')
    .argument('[job]', 'job id; left out with --bundle')
    .description('run an attempt again with the request that it had, store nothing, and show what differs')
    .option('--offline', 'out of the database, which is only read')
    .option('--bundle <file>', 'out of a bundle, for which no configuration is needed')
    .option('--attempt <number>', 'which attempt (default: the latest that has ended)')
    .option('--plugin <dir>', 'run the plugin in this directory instead')
    .option('--secret <name=value>', 'value of a secret, or @file; can be given again', collect)
    .option('--timeout <duration>', 'instead of the time limit that the attempt had')
    .option('--current-config', "with the instance's present configuration instead of the one of then")
    .option(YES_OPTION[0], 'also a command that runs at most once')
    .addHelpText(
      'after',
      '\nExample:\n  $ ductile replay 0197… --offline\n  $ ductile replay --bundle ductile-0197….tar.gz',
    )
    .action(run<Options, readonly [string | undefined]>(replay));
};

async function replay(session: Session, options: Options, jobId: string | undefined): Promise<number> {
  const attempt = options.attempt === undefined ? null : wholeNumberOf('--attempt', options.attempt);
  const from = sourceOf(options, jobId);
  const { io } = session;
  io.restrictUmask();
  const ending = new AbortController();
  const forget = io.onEndSignal(() => ending.abort('cancelled'));
  try {
    const how = howOf(session, options, ending.signal);
    const [{ replayView }, { replayText }] = await Promise.all([
      import('./output/replay-view.ts'),
      import('./output/replay-text.ts'),
    ]);
    const report = await run(session, { from, attempt, how, currentConfig: options.currentConfig === true });
    session.show(replayView(report), (view) => replayText(view, io.stdout));
    return report.comparison.reproduced ? 0 : 1;
  } finally {
    forget();
  }
}

type Source = { readonly kind: 'bundle'; readonly file: string } | { readonly kind: 'store'; readonly jobId: string };

function sourceOf({ bundle, offline, currentConfig }: Options, jobId: string | undefined): Source {
  const refuse = (message: string, hint: string): OperatorError => new OperatorError('usage', message, { hint });
  if (bundle !== undefined) {
    if (jobId !== undefined) throw refuse('a bundle holds one job, which need not be named', 'leave the job id out');
    if (currentConfig === true)
      throw refuse('a bundle comes without the present configuration', 'leave --current-config out');
    return { kind: 'bundle', file: bundle };
  }
  if (jobId === undefined)
    throw refuse('neither a job nor a bundle is named', 'write `ductile replay <job> --offline`, or --bundle <file>');
  if (offline === true) return { kind: 'store', jobId };
  throw refuse(
    'a replay without --offline would be a new job',
    `\`ductile job replay ${jobId}\` makes that; --offline stores nothing`,
  );
}

function howOf(session: Session, options: Options, signal: AbortSignal): ReplayOptions {
  const { io } = session;
  return {
    environment: io.env,
    secrets: secretsOf(options.secret ?? [], io.cwd),
    pluginDir: options.plugin === undefined ? null : resolve(io.cwd, options.plugin),
    mayRepeat: options.yes === true,
    timeoutMs: options.timeout === undefined ? null : durationOf('--timeout', options.timeout),
    signal,
  };
}

async function run(
  { io, config }: Session,
  about: {
    readonly from: Source;
    readonly attempt: number | null;
    readonly how: ReplayOptions;
    readonly currentConfig: boolean;
  },
): Promise<ReplayReport> {
  const { from, attempt, how, currentConfig } = about;
  switch (from.kind) {
    case 'bundle': {
      const { replayFromBundle } = await import('../gateway/replay-bundle.ts');
      return replayFromBundle({ file: resolve(io.cwd, from.file), attempt }, how);
    }
    case 'store': {
      const [{ loadSnapshot }, { replayFromStore }] = await Promise.all([
        import('../disk/build-snapshot.ts'),
        import('../gateway/replay.ts'),
      ]);
      const file = findConfig({ explicit: config, env: io.env, cwd: io.cwd });
      // Without them the configuration itself would not load.
      const { snapshot } = loadSnapshot({ file, env: { ...io.env, ...variablesOf(how.secrets) } });
      return replayFromStore(snapshot, { jobId: from.jobId, attempt, currentConfig }, how);
    }
    default:
      return from satisfies never;
  }
}

/** Values by name. The name of a file may hold `=` itself where its value is another file. */
function secretsOf(given: readonly string[], cwd: string): ReadonlyMap<string, string> {
  return new Map(
    given.map((text): [string, string] => {
      const at = text.includes('=@') ? text.indexOf('=@') : text.indexOf('=');
      if (at < 1) {
        throw new OperatorError('usage', '--secret takes a name and a value', {
          hint: 'write --secret NAME=@file, or --secret NAME=value, which others on this machine can see',
        });
      }
      return [text.slice(0, at), secretFrom(text.slice(at + 1), cwd)];
    }),
  );
}

/** Those that are named as variables, by their name. */
function variablesOf(secrets: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const named = [...secrets].map(([name, value]) => [name.replace(/^env:/, ''), value] as const);
  return Object.fromEntries(named.filter(([name]) => !name.includes(':')));
}

function secretFrom(value: string, cwd: string): string {
  if (!value.startsWith('@')) return value;
  try {
    return readFileSync(resolve(cwd, value.slice(1)), 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatorError('usage', `the file of a secret cannot be read: ${why}`, { cause: error });
  }
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
