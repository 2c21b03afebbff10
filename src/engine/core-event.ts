import { routeCore } from '../domain/core-event.ts';
import type { Json } from '../domain/json.ts';
import type { RoutedEvent } from '../domain/settlement.ts';
import { type EngineParts, routingContext } from './parts.ts';

/** The core's event of now with what it leads to under the snapshot in force; null when nothing waits for it. */
export function coreEvent(
  { snapshot, clock, newId }: Pick<EngineParts, 'snapshot' | 'clock' | 'newId'>,
  { type, payload }: { readonly type: string; readonly payload: Json },
): RoutedEvent | null {
  return routeCore({ context: routingContext(snapshot()), type, payload, now: clock.now(), newId });
}
