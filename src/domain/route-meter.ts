import type { Evaluated } from './condition.ts';
import { MAX_RESULT, MAX_STEPS, type Meter } from './condition-run.ts';

/** What all routes of one settlement may take together; half a microsecond a step at worst. */
const MAX_ROUTE_STEPS = 500_000;
const MAX_ROUTE_BYTES = 32 * MAX_RESULT;

/** A full meter for the routes of everything that one commit settles. */
export function newRouteMeter(): Meter {
  return { steps: MAX_ROUTE_STEPS, bytes: MAX_ROUTE_BYTES };
}

/** Evaluates on a share of what is left: as much as one expression may take. */
export function onShare<T>(left: Meter, evaluate: (share: Meter) => Evaluated<T>): Evaluated<T> {
  if (left.steps <= 0 || left.bytes <= 0) return EMPTY;
  const steps = Math.min(MAX_STEPS, left.steps);
  const bytes = Math.min(MAX_RESULT, left.bytes);
  const share = { steps, bytes };
  const result = evaluate(share);
  // A share that ran out was not used beyond its end.
  left.steps -= steps - Math.max(share.steps, 0);
  left.bytes -= bytes - Math.max(share.bytes, 0);
  return !result.ok && (left.steps <= 0 || left.bytes <= 0) ? EMPTY : result;
}

const EMPTY = {
  ok: false,
  message: `the routes of this commit are too costly together: they may take ${MAX_ROUTE_STEPS} steps and make ${MAX_ROUTE_BYTES} bytes`,
} as const;
