import { pluginIn } from '../disk/plugin-in.ts';
import { withScratch } from '../disk/scratch.ts';
import { secretValues } from '../disk/secret-values.ts';
import { inspectProgram } from '../disk/trust.ts';
import { OperatorError } from '../domain/errors.ts';
import type { Instance } from '../domain/instance.ts';
import type { Job } from '../domain/job.ts';
import type { JsonObject } from '../domain/json.ts';
import { createRedactor } from '../domain/redact.ts';
import { recordedEnd } from '../domain/replay/attempt-end.ts';
import {
  asItRan,
  type FilledTemplate,
  fillTemplate,
  type InstanceTemplate,
  instanceTemplateSchema,
} from '../domain/replay/instance-template.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { type Replayable, type Replayed, replayAttempt } from '../engine/replay/replay-attempt.ts';
import { systemClock } from '../platform/clock.ts';
import { systemIds } from '../platform/ids.ts';
import { createRunPlugin } from '../runner/run-plugin.ts';
import type { PastAttempt } from '../store/port/attempts.ts';
import type { Reads } from '../store/port.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import { bareInstance, execOf } from './bare-instance.ts';

/** How a replay is run. */
export interface ReplayOptions {
  /** The process's own environment, of which plugins get the allow-list, and where secrets are looked for. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Values of secrets, by reference or by the name of a variable. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Absolute path of a plugin's directory that runs instead; null: the configured one, or the one in the bundle. */
  readonly pluginDir: string | null;
  /** True: a command that runs at most once may run again. */
  readonly mayRepeat: boolean;
  /** Instead of the time limit that the attempt had; null: that one. */
  readonly timeoutMs: number | null;
  /** Ends the process; the reason is `cancelled`. */
  readonly signal: AbortSignal;
}

/** A replay, and what somebody who reads its result should know. */
export interface ReplayReport extends Replayed {
  readonly job: Pick<Job, 'id' | 'instance' | 'plugin' | 'command' | 'attempt'>;
  /** References that had no value; `***` stood in their place. */
  readonly missingSecrets: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Runs an attempt again out of the database, which is only read, beside a gateway or without one. The plugin and the
 * values of secrets are those of now; everything else of the request is as it was, the configuration included unless
 * `currentConfig` is true. Throws `not_found`, `request_unavailable`, `secret_missing`, `unknown_instance`.
 */
export async function replayFromStore(
  snapshot: Snapshot,
  { jobId, attempt, currentConfig }: { jobId: string; attempt: number | null; currentConfig: boolean },
  options: ReplayOptions,
): Promise<ReplayReport> {
  const past = await reading(snapshot, (read) => pastAttempt(read, { jobId, attempt }));
  const { state, template } = kept(past, currentConfig ? snapshot : null);
  const present = snapshot.instances.get(past.job.instance) ?? null;
  if (template.exec === null && options.pluginDir === null && present?.program.kind !== 'plugin') {
    const now = present === null ? 'is not configured any more' : 'runs no plugin any more';
    throw new OperatorError('unknown_instance', `the instance "${past.job.instance}" ${now}`, {
      hint: 'Put it back into the configuration, or name the directory of its plugin with --plugin.',
    });
  }
  const secrets = secretValues({
    given: options.secrets,
    env: options.environment,
    readsFiles: true,
    instance: present,
  });
  const filled = fillTemplate(template, secrets.resolve);
  if (filled.missing.length > 0) throw missing(filled.missing, past);
  const instance = asItRan(runnable({ present, template, filled, pluginDir: options.pluginDir }), { template, filled });
  const { keys, patterns } = snapshot.service.redact;
  const redactor = createRedactor({
    secrets: [...new Set([...snapshot.redactor.secrets, ...secrets.values])],
    keys,
    patterns,
  });
  const replayable = { given: { ...past, state }, instance, recorded: recordedEnd(past.record), redactor };
  const replayed = await runAgain(replayable, { ...options, stateDir: snapshot.service.stateDir });
  return { ...replayed, job: past.job, missingSecrets: [], notes: [] };
}

/** The instance as it is now, or made up where it is gone, with the plugin that was named. */
function runnable(about: {
  readonly present: Instance | null;
  readonly template: InstanceTemplate;
  readonly filled: FilledTemplate;
  readonly pluginDir: string | null;
}): Instance {
  const { present, template, filled, pluginDir } = about;
  const { exec } = filled;
  const named = pluginDir === null ? null : pluginIn(pluginDir);
  const behind = exec === null ? named : execOf(exec);
  if (present !== null) return { ...present, ...behind };
  if (behind === null) throw new Error('an instance that is gone has no program');
  return bareInstance(template, behind);
}

/** Opens the database of a configuration for reading, and closes it whatever happens. */
export async function reading<T>(snapshot: Snapshot, use: (read: Reads) => Promise<T>): Promise<T> {
  const store = openSqliteStore({ dir: snapshot.service.stateDir, readOnly: true });
  try {
    return await use(store.read);
  } finally {
    await store.close();
  }
}

/** The attempt that was asked for, null for the latest that has ended; throws `not_found`. */
export async function pastAttempt(
  read: Reads,
  { jobId, attempt }: { readonly jobId: string; readonly attempt: number | null },
): Promise<PastAttempt> {
  const job = await read.job(jobId);
  if (job === null) throw new OperatorError('not_found', `no job "${jobId}"`);
  const numbers = (await read.attempts(jobId)).map((one) => one.attempt);
  const number = attempt ?? numbers.at(-1);
  const past = number === undefined ? null : await read.pastAttempt(jobId, number);
  if (past !== null) return past;
  const ended = numbers.length === 0 ? 'no attempt of it has ended' : `those that have ended: ${numbers.join(', ')}`;
  const hint = `See \`ductile job show ${jobId}\`.`;
  throw new OperatorError(
    'not_found',
    `job ${jobId} (${job.status}) has no ${attempt === null ? 'attempt to replay' : `attempt ${attempt} that has ended`}; ${ended}`,
    { hint },
  );
}

/** The parts of a request that retention may have removed; throws `request_unavailable`. `present`: its configuration is taken instead. */
export function kept(
  { job, record, state, template }: PastAttempt,
  present: Snapshot | null,
): { readonly state: JsonObject; readonly template: InstanceTemplate } {
  const about = `attempt ${job.attempt} of job ${job.id}`;
  if (state === null) {
    const message = `${about}: version ${record.stateVersion} of the state of ${job.instance} is not kept any more`;
    throw new OperatorError('request_unavailable', message, {
      hint: 'States are kept for failed attempts as long as their job; of succeeded ones for retention.succeeded.',
    });
  }
  const parsed = instanceTemplateSchema.safeParse(present === null ? template : present.templates()[job.instance]);
  if (parsed.success) return { state, template: parsed.data };
  if (present !== null)
    throw new OperatorError('unknown_instance', `the instance "${job.instance}" is not configured any more`);
  const message = `${about}: version ${record.configVersion} of the configuration is not kept with its references`;
  throw new OperatorError('request_unavailable', message);
}

function missing(references: readonly string[], { job }: PastAttempt): OperatorError {
  const names = references.join(', ');
  return new OperatorError(
    'secret_missing',
    `attempt ${job.attempt} of job ${job.id} held secrets that cannot be found now: ${names}`,
  );
}

/** Runs an attempt again in directories of its own; throws `usage` when that needs to be said twice. */
export async function runAgain(
  replayable: Replayable,
  { environment, mayRepeat, signal, timeoutMs, stateDir }: ReplayOptions & { readonly stateDir: string | null },
): Promise<Replayed> {
  const { given, instance } = replayable;
  refuseRepeat(instance, given.job.command, mayRepeat);
  const run = createRunPlugin({
    clock: systemClock,
    environment,
    inspect: (one) => inspectProgram(one).reason,
    ...(stateDir === null ? {} : { stateDir }),
  });
  return withScratch((places) => replayAttempt(replayable, { run, newId: systemIds, places, signal, timeoutMs }), {
    shared: instance.runAs !== null,
  });
}

function refuseRepeat({ manifest }: Instance, command: string, mayRepeat: boolean): void {
  if (mayRepeat || manifest.commands.get(command)?.idempotent !== false) return;
  throw new OperatorError('usage', `"${command}" is declared idempotent: false, and a replay runs it for real`, {
    hint: 'Say --yes if its effect may happen again.',
  });
}
