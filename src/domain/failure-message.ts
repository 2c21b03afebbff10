import { formatInstant } from './instant.ts';
import type { Json, JsonObject } from './json.ts';

/** What went wrong in one way, and how often. */
export interface FailureGroup {
  readonly kind: 'failed' | 'dead' | 'breaker_opened' | 'expectation_missed' | 'backup_failed';
  readonly instance: string | null;
  readonly command: string | null;
  /** The code of the error, or of the decision. */
  readonly code: string | null;
  /** Of the first one. */
  readonly message: string | null;
  readonly count: number;
}

/** What went wrong and is in no message yet; instants in epoch milliseconds. */
export interface UntoldFailures {
  /** What a message is about: everything up to this number. */
  readonly upTo: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  /** The most frequent first, at most `MOST_GROUPS`. */
  readonly groups: readonly FailureGroup[];
  readonly groupCount: number;
  /** The first that ended badly, at most `MOST_IDS`. */
  readonly jobIds: readonly string[];
  /** When a message was last made; null: never. */
  readonly toldAt: number | null;
}

/** Groups that one message names. */
export const MOST_GROUPS = 50;
/** Jobs that one message names. */
export const MOST_IDS = 20;
/** How long a message waits for more after the first failure, in milliseconds. */
export const GATHER_MS = 30_000;
/** The shortest time between two messages, in milliseconds. */
export const BETWEEN_MS = 300_000;

const TEXT_GROUPS = 10;
const MESSAGE_LENGTH = 300;

/** When what is untold is to be told; what lies in the future, since the clock was set back, is of now. */
export function failureMessageAt({ firstAt, toldAt }: Pick<UntoldFailures, 'firstAt' | 'toldAt'>, now: number): number {
  const gathered = Math.min(firstAt, now) + GATHER_MS;
  return toldAt === null ? gathered : Math.max(gathered, Math.min(toldAt, now) + BETWEEN_MS);
}

/** The payload of the one job that tells of all of it. */
export function failureMessage(gateway: string, failures: UntoldFailures): JsonObject {
  const { count, groups, groupCount, jobIds, firstAt, lastAt } = failures;
  const title = `${gateway}: ${count === 1 ? '1 failure' : `${count} failures`}`;
  const lines = groups.slice(0, TEXT_GROUPS).map(line);
  const unnamed = groupCount - lines.length;
  const more = unnamed === 0 ? [] : [`and ${unnamed} more kind${unnamed === 1 ? '' : 's'} of failure`];
  return {
    title,
    text: [title, ...lines, ...more].join('\n'),
    gateway,
    count,
    first_at: formatInstant(firstAt),
    last_at: formatInstant(lastAt),
    groups: groups.map(shown),
    groups_left_out: groupCount - groups.length,
    job_ids: [...jobIds],
  };
}

function shown({ kind, instance, command, code, message, count }: FailureGroup): Json {
  return { kind, instance, command, code, message: message === null ? null : brief(message), count };
}

function line({ kind, instance, command, code, message, count }: FailureGroup): string {
  const said = message === null ? 'no error was kept' : brief(message);
  if (kind !== 'failed' && kind !== 'dead') return `- ${count} × ${said}`;
  return `- ${count} × ${instance} ${command} ${kind}: ${said}${code === null ? '' : ` (${code})`}`;
}

function brief(message: string): string {
  return (message.length <= MESSAGE_LENGTH ? message : `${message.slice(0, MESSAGE_LENGTH)}…`).toWellFormed();
}
