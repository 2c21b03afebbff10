import type { AuthenticationFailure } from './verification.ts';

/** Unit of a timestamp, in milliseconds. */
export type TimestampUnitMs = 1 | 1_000;

const INTEGER = /^(?:0|[1-9]\d{0,15})$/;

/** What is wrong with a timestamp, a whole number of units since 1970; null: it is within `toleranceMs` of now, bounds included. */
export function timestampFault(
  text: string,
  {
    unitMs,
    toleranceMs,
    now,
  }: { readonly unitMs: TimestampUnitMs; readonly toleranceMs: number; readonly now: number },
): AuthenticationFailure | null {
  if (!INTEGER.test(text)) return 'timestamp_malformed';
  const age = Math.floor(now / unitMs) - Number(text);
  return Math.abs(age) * unitMs <= toleranceMs ? null : 'timestamp_stale';
}
