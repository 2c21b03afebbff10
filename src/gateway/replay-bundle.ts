import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type BundleFile, readBundleFile } from '../disk/bundle-file.ts';
import { pluginIn } from '../disk/plugin-in.ts';
import { withScratch } from '../disk/scratch.ts';
import { secretValues } from '../disk/secret-values.ts';
import { OperatorError } from '../domain/errors.ts';
import { DEFAULT_LIMITS, type Instance } from '../domain/instance.ts';
import { checkShape } from '../domain/issue-text.ts';
import { ATTEMPT_OUTCOMES } from '../domain/job.ts';
import type { Json } from '../domain/json.ts';
import { createRedactor } from '../domain/redact.ts';
import { patternProblem } from '../domain/redact-patterns.ts';
import type { AttemptEnd } from '../domain/replay/attempt-end.ts';
import { asItRan, type FilledTemplate, fillTemplate } from '../domain/replay/instance-template.ts';
import { BUNDLE_VERSION, type BundleManifest, bundleManifestSchema } from '../engine/replay/bundle-manifest.ts';
import { givenOf, replayRequestSchema } from '../engine/replay/replay-request.ts';
import { checkContainment } from '../runner/containment-check.ts';
import { type Behind, bareInstance, execOf } from './bare-instance.ts';
import { type ReplayOptions, type ReplayReport, runAgain } from './replay.ts';

/** The parts of an attempt's evidence that a replay is compared with. */
const evidenceSchema = z
  .object({
    outcome: z.enum(ATTEMPT_OUTCOMES),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    exit_code: z.int().nullable(),
    signal: z.string().nullable(),
    duration_ms: z.int(),
    stderr: z.string(),
    raw_output: z.string().nullable(),
    response: z.custom<Json>((value) => value !== undefined, 'is missing'),
    response_truncated: z.boolean(),
  })
  .transform(
    ({
      exit_code: exitCode,
      duration_ms: durationMs,
      raw_output: rawOutput,
      response_truncated,
      ...same
    }): AttemptEnd => ({
      ...same,
      exitCode,
      durationMs,
      rawOutput,
      truncated: response_truncated,
    }),
  );

/**
 * Runs an attempt out of a bundle (absolute path), for which there need be no configuration and no state directory.
 * Secrets without a value are `***`. Throws `bundle_invalid`, `not_found`, `request_unavailable`.
 */
export async function replayFromBundle(
  { file, attempt }: { readonly file: string; readonly attempt: number | null },
  options: ReplayOptions,
): Promise<ReplayReport> {
  const bundle = readBundleFile(file);
  const manifest = manifestOf(bundle, file);
  const chosen = attemptOf(manifest, attempt);
  const request = checked(replayRequestSchema, { bundle, path: chosen.request, file });
  const recorded = checked(evidenceSchema, { bundle, path: `attempts/${chosen.attempt}.json`, file });
  const { template } = request;
  const secrets = secretValues({ given: options.secrets, env: options.environment, readsFiles: false, instance: null });
  const filled = fillTemplate(template, secrets.resolve);
  const { names, patterns } = manifest.redact;
  const redactor = createRedactor({
    secrets: [...secrets.values],
    keys: names,
    patterns: patterns.filter((pattern) => patternProblem(pattern) === null),
  });
  return withScratch(async ({ dir }) => {
    const bare = bareInstance(template, programOf({ manifest, bundle, options, filled, dir }));
    const { instance, notes } = contained(asItRan(bare, { template, filled }), options.environment['PATH']);
    const replayable = { given: givenOf(request), instance, recorded, redactor };
    const replayed = await runAgain(replayable, { ...options, stateDir: null });
    const { job } = replayable.given;
    const masked = manifest.masked.some(({ file: name }) => name === chosen.request || name.startsWith('plugin/'));
    return {
      ...replayed,
      job,
      missingSecrets: filled.missing,
      notes: [...notes, ...(masked ? [MASKED] : [])],
    };
  });
}

const MASKED = 'the bundle is masked: what the plugin was given holds *** in places, and results may differ for that';

function manifestOf(bundle: BundleFile, file: string): BundleManifest {
  const value = bundle.json('bundle.json');
  const version = z.object({ bundle: z.int() }).safeParse(value);
  if (version.success && version.data.bundle > BUNDLE_VERSION) {
    throw new OperatorError(
      'bundle_invalid',
      `${file} has version ${version.data.bundle} of the layout; this version of Ductile reads ${BUNDLE_VERSION}`,
      { hint: 'Replay it with the version of Ductile that wrote it, or a newer one.' },
    );
  }
  return checked(bundleManifestSchema, { bundle, path: 'bundle.json', file });
}

function attemptOf(
  { attempts, job_id }: BundleManifest,
  wanted: number | null,
): { readonly attempt: number; readonly request: string } {
  const found = wanted === null ? attempts.at(-1) : attempts.find(({ attempt }) => attempt === wanted);
  if (found === undefined) {
    const there = attempts.map(({ attempt }) => attempt).join(', ');
    throw new OperatorError('not_found', `the bundle of job ${job_id} has no attempt ${wanted}; it has ${there}`, {
      hint: 'Leave --attempt out for the latest.',
    });
  }
  if (found.request !== null) return { attempt: found.attempt, request: found.request };
  throw new OperatorError('request_unavailable', found.reason ?? `attempt ${found.attempt} cannot be rebuilt`);
}

function checked<Schema extends z.ZodType>(
  schema: Schema,
  { bundle, path, file }: { readonly bundle: BundleFile; readonly path: string; readonly file: string },
): z.output<Schema> {
  const shape = checkShape(schema, bundle.json(path));
  if (shape.ok) return shape.value;
  throw new OperatorError(
    'bundle_invalid',
    `${file} is no bundle that can be used: its ${path} is not what it should be: ${shape.texts[0]}`,
  );
}

function programOf(about: {
  readonly manifest: BundleManifest;
  readonly bundle: BundleFile;
  readonly options: ReplayOptions;
  readonly filled: FilledTemplate;
  readonly dir: string;
}): Behind {
  const { manifest, bundle, options, filled, dir } = about;
  if (filled.exec !== null) return execOf(filled.exec);
  if (options.pluginDir !== null) return pluginIn(options.pluginDir);
  if (!manifest.program.included) {
    throw new OperatorError(
      'bundle_invalid',
      `the bundle holds no plugin: ${manifest.program.reason ?? 'nobody knows why'}`,
      {
        hint: 'Name the directory of the plugin with --plugin.',
      },
    );
  }
  const root = join(dir, 'plugins');
  mkdirSync(root, { mode: 0o700 });
  // A name that is safe whatever the bundle calls it; the plugin is told the name that it had.
  const own = join(root, 'plugin');
  bundle.writePlugin(own);
  return pluginIn(own);
}

/** The instance in the tier and with the limits that it had, or without them where this machine does not give them. */
function contained(
  instance: Instance,
  path: string | undefined,
): { readonly instance: Instance; readonly notes: readonly string[] } {
  const { unavailable } = checkContainment({ instances: [instance], path, directoryOf: null });
  const [first] = unavailable;
  if (first === undefined) return { instance, notes: [] };
  const { memoryBytes, cpuSeconds, openFiles, fileBytes, processes } = DEFAULT_LIMITS;
  const limits = { ...instance.limits, memoryBytes, cpuSeconds, openFiles, fileBytes, processes };
  return {
    instance: { ...instance, limits, containment: { tier: 'group', network: true, noNewPrivs: null } },
    notes: [`it ran without the containment and resource limits that it had: ${first.message}`],
  };
}
