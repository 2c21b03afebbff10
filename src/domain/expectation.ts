import type { Decision } from './decision.ts';
import { formatInstant } from './instant.ts';
import type { JsonObject } from './json.ts';

/** What counts as a sight: an event of a type, or that a job of a schedule or of an instance succeeded. */
export type Sought =
  | { readonly kind: 'event'; readonly eventType: string }
  | { readonly kind: 'schedule'; readonly instance: string; readonly id: string }
  | { readonly kind: 'job'; readonly instance: string; readonly command: string | null };

/** Something that is to be seen again and again. */
export interface Expectation {
  readonly name: string;
  readonly seen: Sought;
  /** The longest silence, in milliseconds. */
  readonly withinMs: number;
}

/** What is remembered of an expectation; instants in epoch milliseconds. */
export interface ExpectationState {
  readonly name: string;
  /** Since when it has been expected. */
  readonly sinceAt: number;
  readonly seenAt: number | null;
  /** Since when it has been reported as missed; null: it is not. */
  readonly missedAt: number | null;
}

/** When the silence becomes too long; a sight that lies in the future, since the clock was set back, is one of now. */
export function overdueAt({ withinMs }: Expectation, { sinceAt, seenAt }: ExpectationState, now: number): number {
  return Math.min(seenAt ?? sinceAt, now) + withinMs;
}

/** What is to be told now: that it is missed, or that it came back; null: nothing new. */
export function expectationNews(
  expectation: Expectation,
  state: ExpectationState,
  now: number,
): 'missed' | 'recovered' | null {
  const overdue = now >= overdueAt(expectation, state, now);
  if (overdue === (state.missedAt !== null)) return null;
  return overdue ? 'missed' : 'recovered';
}

/** What is expected, in a few words. */
export function soughtText(seen: Sought): string {
  switch (seen.kind) {
    case 'event':
      return `an event ${seen.eventType}`;
    case 'schedule':
      return `a success of the schedule ${seen.instance}/${seen.id}`;
    case 'job':
      return `a success of ${seen.instance}${seen.command === null ? '' : ` ${seen.command}`}`;
    /* node:coverage ignore next 2 */
    default:
      return seen satisfies never;
  }
}

/** The payload of the core's event about an expectation. */
export function expectationPayload({ name, seen, withinMs }: Expectation, state: ExpectationState): JsonObject {
  return {
    name,
    expected: soughtText(seen),
    within_ms: withinMs,
    last_seen_at: state.seenAt === null ? null : formatInstant(state.seenAt),
    expected_since: formatInstant(state.sinceAt),
    missed_since: state.missedAt === null ? null : formatInstant(state.missedAt),
  };
}

/** The record of such news. */
export function expectationDecision(
  { expectation, state, news }: { expectation: Expectation; state: ExpectationState; news: 'missed' | 'recovered' },
  at: number,
): Decision {
  const { name, seen } = expectation;
  const last =
    state.seenAt === null ? `never since ${formatInstant(state.sinceAt)}` : `last ${formatInstant(state.seenAt)}`;
  const seconds = expectation.withinMs / 1_000;
  return {
    code: news === 'missed' ? 'expectation_missed' : 'expectation_recovered',
    at,
    text:
      news === 'missed'
        ? `${name}: ${soughtText(seen)} was expected within ${seconds} s and has not been seen (${last})`
        : `${name}: ${soughtText(seen)} is as expected again (${last})`,
    jobId: null,
    eventId: null,
    instance: seen.kind === 'event' ? null : seen.instance,
    schedule: seen.kind === 'schedule' ? `${seen.instance}/${seen.id}` : null,
    route: null,
    values: expectationPayload(expectation, state),
    collapseKey: null,
  };
}
