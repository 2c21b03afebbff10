import { gzipSync } from 'node:zlib';
import { pluginFiles } from '../disk/plugin-files.ts';
import { writeTar } from '../disk/tar.ts';
import { OperatorError } from '../domain/errors.ts';
import type { Instance } from '../domain/instance.ts';
import { formatInstant } from '../domain/instant.ts';
import { createCodeMask } from '../domain/redact-code.ts';
import { referencesOf } from '../domain/replay/instance-template.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { type BundleFiles, createBundleFiles } from '../engine/replay/bundle-files.ts';
import { BUNDLE_VERSION, type BundleManifest } from '../engine/replay/bundle-manifest.ts';
import { bundleReadme } from '../engine/replay/bundle-readme.ts';
import { requestJson } from '../engine/replay/replay-request.ts';
import { attemptView, jobSummaryView } from '../http/api/job-view.ts';
import type { PastAttempt } from '../store/port/attempts.ts';
import type { Reads } from '../store/port.ts';
import { kept, pastAttempt, reading } from './replay.ts';

/** Attempts that a bundle holds at most: the latest. */
const MOST_ATTEMPTS = 20;

/** A bundle: one `.tar.gz`, and what it says of itself. */
export interface Bundle {
  readonly bytes: Uint8Array;
  readonly manifest: BundleManifest;
}

/** What a bundle is made of. */
export interface BundleRequest {
  readonly jobId: string;
  /** Null: the latest 20 attempts. */
  readonly attempt: number | null;
  /** Of Ductile. */
  readonly version: string;
  readonly now: number;
}

/** Everything about a job in one masked archive: what each attempt was given, how it ended, and the plugin. Throws `not_found`. */
export async function makeBundle(snapshot: Snapshot, request: BundleRequest): Promise<Bundle> {
  const { redactor, service } = snapshot;
  const attempts = await reading(snapshot, (read) => chosen(read, request));
  const { job } = attempts.at(-1) ?? nothing();
  const maskCode = createCodeMask({ secrets: redactor.secrets, patterns: service.redact.patterns });
  const files = createBundleFiles(redactor, maskCode);
  files.json('job.json', { ...jobSummaryView(job), payload: job.payload, result: job.result });
  const listed = attempts.map((past) => {
    files.json(`attempts/${past.job.attempt}.json`, attemptView(past.record, redactor));
    return addRequest(files, past);
  });
  const program = addProgram(files, snapshot.instances.get(job.instance) ?? null);
  const manifest: BundleManifest = {
    bundle: BUNDLE_VERSION,
    ductile: request.version,
    created_at: formatInstant(request.now),
    job_id: job.id,
    instance: job.instance,
    plugin: job.plugin,
    command: job.command,
    attempts: listed.map(({ entry }) => entry),
    references: [...new Set(listed.flatMap(({ references }) => references))],
    program,
    redact: { names: [...service.redact.keys], patterns: [...service.redact.patterns] },
    masked: files.masked(),
  };
  files.json('bundle.json', manifest);
  files.text('README.txt', bundleReadme(manifest));
  return { bytes: gzipSync(writeTar(files.all(), request.now)), manifest };
}

async function chosen(read: Reads, { jobId, attempt }: BundleRequest): Promise<readonly PastAttempt[]> {
  const last = await pastAttempt(read, { jobId, attempt });
  if (attempt !== null) return [last];
  const earlier = (await read.attempts(jobId)).map((one) => one.attempt).filter((one) => one < last.job.attempt);
  const latest = earlier.slice(1 - MOST_ATTEMPTS);
  const before = await Promise.all(latest.map((one) => pastAttempt(read, { jobId, attempt: one })));
  return [...before, last];
}

interface Added {
  readonly entry: BundleManifest['attempts'][number];
  readonly references: readonly string[];
}

function addRequest(files: BundleFiles, past: PastAttempt): Added {
  const { record } = past;
  const entry = { attempt: record.attempt, outcome: record.outcome, error: record.error?.code ?? null };
  const path = `requests/${record.attempt}.json`;
  try {
    const parts = kept(past, null);
    files.json(path, requestJson({ ...past, delivery: files.delivery(path, past.delivery) }, parts));
    return { entry: { ...entry, request: path, reason: null }, references: referencesOf(parts.template) };
  } catch (error) {
    // How it ended is worth a bundle by itself.
    if (!(error instanceof OperatorError)) throw error;
    return { entry: { ...entry, request: null, reason: error.message }, references: [] };
  }
}

function addProgram(files: BundleFiles, instance: Instance | null): BundleManifest['program'] {
  const none = (reason: string) => ({ included: false, reason, files: 0, omitted: [] });
  if (instance === null) return none('the instance is not configured any more');
  const { program } = instance;
  if (program.kind === 'exec') return none('exec runs a command of the machine');
  try {
    const { files: found, omitted } = pluginFiles(program.dir);
    const secret: { path: string; reason: string }[] = [];
    for (const file of found) {
      const path = `plugin/${file.path}`;
      if (!files.file({ ...file, path })) secret.push({ path: '(masked)', reason: 'it holds a secret and is no text' });
    }
    return { included: true, reason: null, files: found.length - secret.length, omitted: [...omitted, ...secret] };
  } catch (error) {
    return none(`the plugin cannot be taken along: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function nothing(): never {
  throw new Error('a bundle without attempts');
}
