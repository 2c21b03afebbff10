import { parseInstant } from './instant.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** How grave a log line can be, the least grave first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** Which lines of a log are meant; null: whatever it is. */
export interface LogFilter {
  /** At least as grave. */
  readonly level: (typeof LOG_LEVELS)[number] | null;
  readonly instance: string | null;
  readonly jobId: string | null;
  readonly component: string | null;
  /** At or after. */
  readonly since: number | null;
}

/** A log line as an object, or null when the text is none, such as one that a crash cut short. */
export function logEntryOf(line: string): JsonObject | null {
  try {
    const entry: Json = JSON.parse(line);
    return isJsonObject(entry) ? entry : null;
  } catch {
    return null;
  }
}

/** True for a line of the log that the filter means. */
export function matchesLog(line: string, { level, instance, jobId, component, since }: LogFilter): boolean {
  const entry = logEntryOf(line);
  if (entry === null) return false;
  const { time } = entry;
  const levels: readonly unknown[] = LOG_LEVELS;
  const grave = levels.indexOf(entry['level']);
  return (
    (level === null || grave >= LOG_LEVELS.indexOf(level)) &&
    (instance === null || entry['instance'] === instance) &&
    (jobId === null || entry['job_id'] === jobId) &&
    (component === null || entry['component'] === component) &&
    (since === null || (typeof time === 'string' && (parseInstant(time) ?? 0) >= since))
  );
}
