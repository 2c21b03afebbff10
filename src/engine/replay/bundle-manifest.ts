import { z } from 'zod';
import { ATTEMPT_OUTCOMES } from '../../domain/job.ts';

/** Version of the layout of bundles; another one is refused. */
export const BUNDLE_VERSION = 1;

/** `bundle.json`: what a bundle holds, and what it does not. */
export const bundleManifestSchema = z.object({
  bundle: z.literal(BUNDLE_VERSION),
  /** Version of Ductile that wrote it. */
  ductile: z.string(),
  created_at: z.string(),
  job_id: z.string(),
  instance: z.string(),
  plugin: z.string(),
  command: z.string(),
  attempts: z
    .array(
      z.object({
        attempt: z.int().min(1),
        outcome: z.enum(ATTEMPT_OUTCOMES),
        /** Code of its error. */
        error: z.string().nullable(),
        /** Path of what it was given; null: that could not be rebuilt, see `reason`. */
        request: z.string().nullable(),
        reason: z.string().nullable(),
      }),
    )
    .min(1),
  /** Where the secrets came from that are to be given to a replay. */
  references: z.array(z.string()),
  /** The plugin below `plugin/`; `included` false: it is not there, see `reason`. */
  program: z.object({
    included: z.boolean(),
    reason: z.string().nullable(),
    files: z.int().min(0),
    omitted: z.array(z.object({ path: z.string(), reason: z.string() })),
  }),
  /** What is masked besides secrets. */
  redact: z.object({ names: z.array(z.string()), patterns: z.array(z.string()) }),
  /** Places where something was masked, as JSON pointers; an empty one is a whole file. At most 100 of a file. */
  masked: z.array(z.object({ file: z.string(), places: z.array(z.string()) })),
});

/** What a bundle says of itself. */
export type BundleManifest = z.output<typeof bundleManifestSchema>;
