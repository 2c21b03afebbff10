import type { z } from 'zod';
import type { BackupPlan } from '../backup-plan.ts';
import { patternProblem } from '../redact-patterns.ts';
import { jobTarget } from './job-target.ts';
import { type OtlpConfig, otlpSchema } from './otlp.ts';
import { choice, duration, flag, type IssueParams, listOf, matching, section, text, whole } from './scalars.ts';

const pattern = text('a regular expression', 1_000).superRefine((written, context) => {
  const problem = patternProblem(written);
  if (problem === null) return;
  const message = `expected a regular expression in the syntax of RE2 (${problem})`;
  context.addIssue({ code: 'custom', message, params: { problem: 'invalid_value' } satisfies IssueParams });
});

/** The `service` section of the configuration. */
export const serviceSchema = section(
  {
    name: text('a name for the gateway', 64).describe('What logs and messages call this gateway.').default('ductile'),
    state_dir: text('a directory')
      .optional()
      .describe(
        'Directory of the database, workspaces and logs; a relative path starts at this file. Default: `$XDG_STATE_HOME/ductile`, else `~/.local/state/ductile`.',
      ),
    timezone: text('an IANA time zone such as `Europe/Berlin`', 64)
      .describe('Time zone of schedules that name none.')
      .default('UTC'),
    concurrency: whole(1, 1_024)
      .optional()
      .describe(
        'Attempts that run at one time, over all instances. 1: strictly serial. Default: the CPUs, at least 2.',
      ),
    dedupe_window: duration()
      .describe('How long after its creation a succeeded job still absorbs drafts with its dedupe key.')
      .prefault('24h'),
    shutdown_grace: duration({ max: 86_400_000 })
      .describe('How long running attempts may finish when the gateway is asked to stop.')
      .prefault('30s'),
    max_depth: whole(1, 1_000).describe('Route hops from the trigger; a longer chain is refused.').default(16),
    max_queued: whole(1, 100_000_000).describe('Queued jobs beyond which producers are refused.').default(100_000),
    max_hold: duration({ min: 1_000 })
      .describe('How long jobs of an unhealthy instance are held before they fail.')
      .prefault('24h'),
    on_remove: choice(['run', 'fail', 'cancel'])
      .describe('What becomes of queued jobs whose instance is gone after a reload.')
      .default('run'),
    watch: flag()
      .describe('Reload when the files of the configuration change, instead of only when asked to.')
      .default(false),
    strict_plugins: flag().describe('Refuse plugins that their group could change, instead of warning.').default(false),
    verify_plugins: choice(['off', 'locked'])
      .describe('`locked`: run only plugins whose hashes were recorded with `ductile plugin lock`.')
      .default('off'),
    log_level: choice(['debug', 'info', 'warn', 'error'])
      .describe('The least grave log lines that are written.')
      .default('info'),
    retention: section(
      {
        succeeded: duration({ min: 60_000 }).describe('Succeeded jobs, counted from their end.').prefault('14d'),
        dead_letters: duration({ min: 60_000 })
          .describe('Failed, dead and cancelled jobs, counted from their end.')
          .prefault('90d'),
        events: duration({ min: 60_000 }).describe('Events.').prefault('30d'),
        decisions: duration({ min: 60_000 }).describe('Decisions.').prefault('30d'),
        deliveries: duration({ min: 60_000 }).describe('Accepted webhook deliveries.').prefault('30d'),
        rejected_deliveries: duration({ min: 60_000 }).describe('Rejected webhook deliveries.').prefault('7d'),
      },
      'a map of spans',
    )
      .describe('How long finished work is kept.')
      .prefault({}),
    backup: section(
      {
        dir: text('a folder').describe(
          'Folder of the backups, of this gateway alone, better on another disk; made when it is missing. A relative path starts at this file.',
        ),
        every: text('a duration from 1s up, or `hourly`, `daily`, `weekly` or `monthly`', 64)
          .optional()
          .describe('An interval, or `hourly`, `daily`, `weekly` (Monday), `monthly` (the 1st). Default: `daily`.'),
        cron: text('a cron expression', 512)
          .optional()
          .describe('Instead of `every`: five fields, in `service.timezone`.'),
        keep: whole(1, 10_000).describe('How many backups are kept; older ones are deleted.').default(7),
      },
      'a map such as `{ dir: /backup/ductile }`',
    )
      .optional()
      .describe('Makes backups by itself.'),
    redact: section(
      {
        keys: listOf(text('a key', 200), 'a list of keys')
          .describe('Further keys whose values are masked wherever they are shown.')
          .default([]),
        patterns: listOf(pattern, 'a list of regular expressions')
          .describe('Regular expressions (RE2) of further text to mask.')
          .default([]),
      },
      'a map with `keys` and `patterns`',
    )
      .describe('What is masked besides the secrets of the configuration.')
      .prefault({}),
    on_failure: section({ to: jobTarget.describe('Instance that gets the message.') }, 'a map with `to`')
      .optional()
      .describe('Sends one grouped message for failed or dead jobs, opened breakers and missed expectations.'),
    heartbeat_url: matching(/^https?:\/\/\S+$/, {
      expected: 'an http or https address',
      problem: 'invalid_value',
      kind: 'address',
    })
      .optional()
      .describe('Address that is called regularly, so that the outside notices when the gateway does not live.'),
    otlp: otlpSchema.optional(),
    storage: matching(/^(sqlite|postgres(ql)?:\/\/\S+)$/, {
      expected: '`sqlite` or an address `postgres://…`',
      problem: 'invalid_value',
      kind: 'storage',
    })
      .describe('Where jobs are kept: `sqlite`, a file in the state directory.')
      .default('sqlite'),
  },
  'a map of settings',
).describe('The gateway itself.');

/** The `service` section as written, defaults filled and units decoded. */
export type ServiceSection = z.output<typeof serviceSchema>;

/** How long each kind of finished work is kept, in milliseconds. */
export interface RetentionConfig {
  readonly succeededMs: number;
  readonly deadLettersMs: number;
  readonly eventsMs: number;
  readonly decisionsMs: number;
  readonly deliveriesMs: number;
  readonly rejectedDeliveriesMs: number;
}

/** Settings of the gateway itself, defaults filled; spans in milliseconds. */
export interface ServiceConfig {
  readonly name: string;
  /** Absolute path. */
  readonly stateDir: string;
  /** IANA time zone of schedules that name none. */
  readonly timezone: string;
  /** Attempts at one time, over all instances. */
  readonly concurrency: number;
  readonly dedupeWindowMs: number;
  readonly shutdownGraceMs: number;
  /** Route hops from the trigger. */
  readonly maxDepth: number;
  readonly maxQueued: number;
  readonly maxHoldMs: number;
  readonly onRemove: 'run' | 'fail' | 'cancel';
  /** Reload when the files of the configuration change. */
  readonly watch: boolean;
  readonly strictPlugins: boolean;
  readonly verifyPlugins: 'off' | 'locked';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly retention: RetentionConfig;
  /** Null: no backups are made unless somebody asks. */
  readonly backup: BackupPlan | null;
  readonly redact: { readonly keys: readonly string[]; readonly patterns: readonly string[] };
  readonly onFailure: { readonly instance: string; readonly command: string } | null;
  readonly heartbeatUrl: string | null;
  /** Null: nobody is sent traces. */
  readonly otlp: OtlpConfig | null;
  /** `sqlite` or the address of a PostgreSQL database. */
  readonly storage: string;
}

/** The section in the words of the code; what depends on the machine comes in as `machine`. */
export function toServiceConfig(
  section: ServiceSection,
  machine: { readonly stateDir: string; readonly concurrency: number; readonly backup?: BackupPlan | null },
): ServiceConfig {
  return {
    name: section.name,
    stateDir: machine.stateDir,
    timezone: section.timezone,
    concurrency: section.concurrency ?? machine.concurrency,
    dedupeWindowMs: section.dedupe_window,
    shutdownGraceMs: section.shutdown_grace,
    maxDepth: section.max_depth,
    maxQueued: section.max_queued,
    maxHoldMs: section.max_hold,
    onRemove: section.on_remove,
    watch: section.watch,
    strictPlugins: section.strict_plugins,
    verifyPlugins: section.verify_plugins,
    logLevel: section.log_level,
    retention: {
      succeededMs: section.retention.succeeded,
      deadLettersMs: section.retention.dead_letters,
      eventsMs: section.retention.events,
      decisionsMs: section.retention.decisions,
      deliveriesMs: section.retention.deliveries,
      rejectedDeliveriesMs: section.retention.rejected_deliveries,
    },
    backup: machine.backup ?? null,
    redact: section.redact,
    onFailure: section.on_failure?.to ?? null,
    heartbeatUrl: section.heartbeat_url ?? null,
    otlp: section.otlp ?? null,
    storage: section.storage,
  };
}
