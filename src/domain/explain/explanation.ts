import type { Decision } from '../decision.ts';
import { formatInstant } from '../instant.ts';
import type { JobError } from '../job.ts';
import type { Json } from '../json.ts';

/** What can be explained. */
export const EXPLAINED_KINDS = ['job', 'event', 'schedule', 'instance', 'route', 'webhook'] as const;
export type ExplainedKind = (typeof EXPLAINED_KINDS)[number];

/** One reason: a decision, an error or a fact, with what it saw. */
export interface Because {
  readonly code: string;
  /** When it was so last; null: it is so now. */
  readonly at: number | null;
  /** How often it was recorded. */
  readonly count: number;
  readonly text: string;
  readonly values: Json;
}

/** Why something happened or did not, the way a person would say it. */
export interface Explanation {
  readonly kind: ExplainedKind;
  readonly id: string;
  /** The one sentence that answers the question. */
  readonly summary: string;
  readonly because: readonly Because[];
  /** What happens by itself; null: nothing does. */
  readonly next: Upcoming | null;
  /** What a person can do, the most useful first. */
  readonly todo: readonly string[];
}

/** Something that will happen; `at` null: nobody knows when. */
export interface Upcoming {
  readonly at: number | null;
  readonly text: string;
}

/** A decision as it was recorded, with its repeats. */
export interface Recorded extends Decision {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** A recorded decision as a reason. */
export function recorded({ code, lastAt, count, text, values }: Recorded): Because {
  return { code, at: lastAt, count, text, values };
}

/** A fact of now as a reason. */
export function fact(code: string, text: string, values: Json = null): Because {
  return { code, at: null, count: 1, text, values };
}

/** That nobody fires or starts anything. */
export const NO_GATEWAY = fact('no_gateway', 'no gateway runs with this configuration, so nothing starts');

/** An instant inside a sentence: `2026-11-23 07:00:00 UTC`. */
export function clock(at: number): string {
  return `${formatInstant(at).slice(0, 19).replace('T', ' ')} UTC`;
}

/** A text that begins a sentence and ends it. */
export function sentence(text: string): string {
  const bare = text.trim().replace(/\.$/, '');
  return `${bare.charAt(0).toUpperCase()}${bare.slice(1)}.`;
}

/** An error inside a sentence. */
export function errorText({ code, message }: JobError): string {
  return `${message.trim().replace(/\.$/, '')} (${code})`;
}

/** Each text once, those that are null left out. */
export function distinct(texts: readonly (string | null)[]): readonly string[] {
  return [...new Set(texts.filter((text) => text !== null))];
}
