import type { Endpoint } from '../../domain/webhook/endpoint.ts';
import { sampleBody } from './sample-body.ts';
import { signedCall } from './signed-call.ts';

/** Longest tolerance that a configuration may have, in seconds. */
const LONGEST_S = 86_400;

/** How old a signature may be, in whole seconds, found by trying; null where the scheme has no timestamps, or nobody here can sign. */
export function toleranceOf(endpoint: Endpoint, now: number): number | null {
  const accepts = (ageS: number): boolean => {
    const at = now - ageS * 1_000;
    const parts = {
      id: 'tolerance',
      at,
      url: 'http://localhost/',
      body: sampleBody(endpoint, { id: 'tolerance', at }),
    };
    const call = signedCall(endpoint, parts);
    return call !== null && endpoint.verify.verify(call, now).ok;
  };
  if (!accepts(0) || accepts(LONGEST_S + 1)) return null;
  let [low, high] = [0, LONGEST_S + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (accepts(middle)) low = middle;
    else high = middle;
  }
  return low;
}
