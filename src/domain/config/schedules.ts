import { z } from 'zod';
import { timeoutSchema } from './policies.ts';
import { choice, duration, flag, listOf, name, section, text, whole } from './scalars.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** One schedule of an instance, as written; the scheduler's own rules are checked where it is compiled. */
export const scheduleSchema = section(
  {
    id: name().optional().describe('Name of the schedule within its instance. Default: `default`.'),
    every: text('a duration from 1s up, or `hourly`, `daily`, `weekly` or `monthly`', 64)
      .optional()
      .describe(
        'An interval from 1s up, on a fixed grid; or `hourly`, `daily`, `weekly` (Monday), `monthly` (the 1st).',
      ),
    cron: text('a cron expression', 512)
      .optional()
      .describe('Five fields, or six with seconds first; names, lists, steps, `@daily`.'),
    at: text('an instant such as `2026-12-24T18:00:00+11:00`', 64)
      .optional()
      .describe('One instant, once; one in the past does not run, and is warned of.'),
    run_on_start: flag().optional().describe('Also run when the gateway starts. Default: `false`.'),
    jitter: duration().optional().describe('Each slot is late by up to this, drawn from its own seed. Default: none.'),
    window: section(
      {
        start: text('a time of day such as `06:00`', 8).optional().describe('First minute of the window.'),
        end: text('a time of day such as `22:00`', 8)
          .optional()
          .describe('End of the window, exclusive; before `start`: it crosses midnight.'),
        days: listOf(choice(DAYS), 'a list of days')
          .optional()
          .describe('Days on which the window starts. Default: all.'),
      },
      'a map with `start`, `end` and `days`',
    )
      .optional()
      .describe('When runs are allowed; slots outside collapse into one run at the next opening.'),
    timezone: text('an IANA time zone such as `Europe/Berlin`', 64).optional().describe('Default: `service.timezone`.'),
    dst: section(
      {
        gap: choice(['after', 'skip'])
          .optional()
          .describe('A slot in the hour that is left out: at the end of the gap, or not at all. Default: `after`.'),
        fold: choice(['first', 'second', 'both'])
          .optional()
          .describe('A slot in the hour that comes twice. Default: `first`.'),
      },
      'a map with `gap` and `fold`',
    )
      .optional()
      .describe('What becomes of slots at a change of the clock.'),
    catch_up: choice(['none', 'latest', 'all'])
      .optional()
      .describe('Slots missed while the gateway was down; `all`: at most 100. Default: `latest`.'),
    overlap: choice(['skip', 'queue', 'cancel'])
      .optional()
      .describe('What a slot does while the previous run is unfinished. Default: `skip`.'),
    command: text('a command', 64).optional().describe('Command of the plugin. Default: `poll`.'),
    payload: z.unknown().optional().describe('Payload of the job. Default: `{}`.'),
    priority: whole(-100, 100).optional().describe('Priority of the job. Default: 0.'),
    max_attempts: whole(1, 1_000).optional().describe('Instead of `retry.max_attempts`.'),
    timeout: timeoutSchema.optional().describe('Instead of `timeouts`.'),
  },
  'a map with `every`, `cron` or `at`, such as `{ cron: "30 3 * * *" }`',
);

/** `schedules:`, a list or a single one. */
export const schedulesSchema = z
  .union([scheduleSchema, listOf(scheduleSchema, 'a list of schedules')], {
    error: 'expected a schedule or a list of schedules',
  })
  .describe('When the instance runs by itself: one schedule or a list of them.');
