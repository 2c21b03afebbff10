import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { OperatorError } from '../domain/errors.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import { MASK } from '../domain/redact-text.ts';
import { systemClock } from '../platform/clock.ts';
import { type Runner, type Session, wholeNumberOf } from './command.ts';
import { jsonText } from './output/json-text.ts';
import { relative } from './output/time.ts';
import { payloadOf } from './payload.ts';
import { queryOf } from './query.ts';

interface StateAnswer {
  readonly instance: string;
  readonly version: number;
  readonly at: string | null;
  readonly job_id: string | null;
  readonly masked: boolean;
  readonly state: Json;
}

interface VersionOptions {
  readonly stateVersion?: string;
}

interface ExportOptions extends VersionOptions {
  readonly output?: string;
}

interface ChangeOptions {
  readonly force?: boolean;
}

const VERSION_FLAG = '--state-version <number>';
const VERSION_HELP = 'an earlier version (default: the present one)';
const FORCE_HELP = 'although a job of the instance is running; what that job changes is merged into it';

/** `ductile plugin state …`: what an instance remembers. */
export function addPluginState(plugin: Command, run: Runner): void {
  const state = plugin.command('state').description('show, export, set and reset what an instance remembers');
  state
    .command('show')
    .argument('<instance>', 'instance name')
    .description('the state of an instance, its secrets masked')
    .option(VERSION_FLAG, VERSION_HELP)
    .addHelpText('after', '\nExample:\n  $ ductile plugin state show hello')
    .action(run<VersionOptions, readonly [string]>(show));
  state
    .command('export')
    .argument('<instance>', 'instance name')
    .description('the state of an instance exactly as it is stored, secrets included')
    .option(VERSION_FLAG, VERSION_HELP)
    .option('-o, --output <file>', 'a new file, readable by its owner alone (default: standard output)')
    .addHelpText('after', '\nExample:\n  $ ductile plugin state export hello --output state.json')
    .action(run<ExportOptions, readonly [string]>(exportState));
  state
    .command('set')
    .argument('<instance>', 'instance name')
    .argument('<state>', 'a JSON object, @file, or - for standard input')
    .description('replace the state of an instance; the version before is kept')
    .option('--force', FORCE_HELP)
    .addHelpText('after', '\nExample:\n  $ ductile plugin state set hello @state.json')
    .action(
      run<ChangeOptions, readonly [string, string]>(async (session, options, name, text) =>
        change(session, name, { value: checked(await payloadOf(text, session.io)), force: options.force ?? false }),
      ),
    );
  state
    .command('reset')
    .argument('<instance>', 'instance name')
    .description('empty the state of an instance; the version before is kept')
    .option('--force', FORCE_HELP)
    .addHelpText('after', '\nExample:\n  $ ductile plugin state reset hello')
    .action(
      run<ChangeOptions, readonly [string]>((session, options, name) =>
        change(session, name, { value: {}, force: options.force ?? false }),
      ),
    );
}

async function show(session: Session, options: VersionOptions, name: string): Promise<number> {
  const answer = await read(session, { name, options, exact: false });
  session.show(answer, ({ instance, version, at, job_id, state }) => {
    const by = job_id === null ? '' : ` by job ${job_id}`;
    const since = at === null ? '' : `, ${relative(at, systemClock.now())}${by}`;
    const head = `${session.paint('strong', instance)} ${session.paint('dim', `version ${version}${since}`)}`;
    return `${head}\n${jsonText(state, { indent: 0, columns: session.io.stdout.columns }).replace(/^\n/, '')}\n`;
  });
  return 0;
}

async function exportState(session: Session, options: ExportOptions, name: string): Promise<number> {
  const { state, version } = await read(session, { name, options, exact: true });
  const text = `${JSON.stringify(state)}\n`;
  if (options.output === undefined) session.io.stdout.write(text);
  else writeNew(resolve(session.io.cwd, options.output), text);
  session.io.stderr.write(`This is version ${version} of the state of ${name}, unmasked: it may hold secrets.\n`);
  return 0;
}

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatorError('usage', `the state could not be written: ${why}`, {
      hint: 'name a file that does not exist yet, in a folder that does',
      cause: error,
    });
  }
}

function read(
  session: Session,
  { name, options, exact }: { readonly name: string; readonly options: VersionOptions; readonly exact: boolean },
): Promise<StateAnswer> {
  const version =
    options.stateVersion === undefined ? undefined : String(wholeNumberOf('--state-version', options.stateVersion));
  const query = queryOf({ version, exact: exact ? 'true' : undefined });
  return session.withGateway('read', ({ request }) => request<StateAnswer>('GET', `${pathOf(name)}${query}`));
}

/** A value that was shown, not exported, would make what is masked the state. */
function checked(value: Json): Json {
  if (!isJsonObject(value)) throw new OperatorError('invalid_payload', 'a state is a JSON object');
  if (!JSON.stringify(value).includes(MASK)) return value;
  throw new OperatorError('invalid_payload', `the state holds "${MASK}" in the place of something masked`, {
    hint: '`ductile plugin state export` gives the state as it is',
  });
}

async function change(
  session: Session,
  name: string,
  body: { readonly value: Json; readonly force: boolean },
): Promise<number> {
  return session.withGateway('write', async ({ request }) => {
    const answer = await request<{ readonly instance: string; readonly version: number; readonly changed: boolean }>(
      'PUT',
      pathOf(name),
      body,
    );
    session.show(answer, ({ instance, version, changed }) =>
      changed
        ? `the state of ${instance} is version ${version}; before: ductile plugin state show ${instance} --state-version ${version - 1}\n`
        : `the state of ${instance} was that already (version ${version})\n`,
    );
    return 0;
  });
}

function pathOf(name: string): string {
  return `/api/v1/instances/${encodeURIComponent(name)}/state`;
}
