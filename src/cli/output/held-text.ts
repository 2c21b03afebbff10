import { systemClock } from '../../platform/clock.ts';
import type { InstanceAnswer } from '../answers.ts';
import { relative } from './time.ts';

type HeldAnswer = NonNullable<InstanceAnswer['held']>;

const REASONS: { readonly [reason in HeldAnswer['reason']]: string } = {
  paused: 'paused (`ductile resume`)',
  unhealthy: 'its init has not succeeded',
  cap: 'as many run as its concurrency allows',
  rate: 'its rate limit',
  suspect_runs: 'a suspect of ending the gateway runs alone',
  suspect_waits: 'a suspect of ending the gateway runs alone, after the others',
};

/** Why due jobs wait and, where that is known, until when. */
export function heldText({ reason, until }: HeldAnswer): string {
  return `${REASONS[reason]}${until === null ? '' : `, ${relative(until, systemClock.now())}`}`;
}
