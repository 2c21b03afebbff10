import { formatInstant } from '../../domain/instant.ts';
import type { Rhythm } from '../../domain/schedule.ts';
import { formatDuration } from '../../domain/units.ts';
import type { ScheduleAnswer } from '../answers.ts';

/** A rhythm as its writer would say it: `every 6h`, `daily`, `cron 0 7 * * *`, `at 2026-…`. */
export function rhythmText(rhythm: Rhythm): string {
  switch (rhythm.kind) {
    case 'every':
      return `every ${formatDuration(rhythm.everyMs)}`;
    case 'calendar':
      return rhythm.unit;
    case 'cron':
      return `cron ${rhythm.expression}`;
    case 'at':
      return `at ${formatInstant(rhythm.at)}`;
    default:
      return rhythm satisfies never;
  }
}

/** The same of a rhythm as the API tells it. */
export function rhythmAnswerText(rhythm: ScheduleAnswer['rhythm']): string {
  switch (rhythm.kind) {
    case 'every':
      return rhythmText({ kind: rhythm.kind, everyMs: rhythm.every_ms });
    case 'at':
      return `at ${rhythm.at}`;
    default:
      return rhythmText(rhythm);
  }
}
