import type { Held } from '../../engine/operations.ts';
import { instant } from './instant-view.ts';

/** Why due jobs wait, or null when nothing holds them. */
export function heldView(held: Held | null) {
  return held === null ? null : { reason: held.reason, until: instant(held.until) };
}
