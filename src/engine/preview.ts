import type { Event } from '../domain/event.ts';
import { type ForeseenChange, foreseenChange } from '../domain/preview-routes.ts';
import { type SlotChange, slotChange } from '../domain/preview-slots.ts';
import { type Emitter, routeEvent } from '../domain/route.ts';
import type { RoutedEvent } from '../domain/settlement.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { nextTurn } from '../platform/next-turn.ts';
import { type EngineParts, routingContext } from './parts.ts';

/** How far ahead slots are compared, in milliseconds. */
const AHEAD_MS = 86_400_000;

/** How much a preview looks at. */
export interface PreviewRequest {
  /** Stored events, the latest ones. */
  readonly events: number;
}

/** What would have gone, and will go, otherwise. */
export interface Preview {
  readonly events: {
    readonly checked: number;
    readonly differences: readonly (ForeseenChange & { readonly event: Event })[];
  };
  readonly slots: SlotChange & { readonly from: number; readonly to: number };
}

/** Runs stored events through the routes of two snapshots and compares the slots of the next day; stores nothing. */
export async function preview(
  parts: EngineParts,
  { before, after, request }: { readonly before: Snapshot; readonly after: Snapshot; readonly request: PreviewRequest },
): Promise<Preview> {
  const { store, clock } = parts;
  const filter = { type: null, source: null, jobId: null };
  const limit = request.events;
  const stored = limit === 0 ? [] : (await store.read.events(filter, { limit, cursor: null })).items;
  const differences: (ForeseenChange & { readonly event: Event })[] = [];
  for (const event of stored) {
    // Routes of one event may take a while, and others have work, too.
    await nextTurn();
    const emitter = event.jobId === null ? null : await store.read.job(event.jobId);
    const [old, young] = [before, after].map((snapshot) => routed(event, emitter, snapshot).drafts);
    const change = foreseenChange(old ?? [], young ?? []);
    if (change !== null) differences.push({ event, ...change });
  }
  const from = clock.now();
  const to = from + AHEAD_MS;
  return {
    events: { checked: stored.length, differences },
    slots: { from, to, ...slotChange(before, after, { from, to }) },
  };
}

function routed(
  event: Event,
  emitter: (Emitter & { readonly priority: number }) | null,
  snapshot: Snapshot,
): RoutedEvent {
  const { routes, instance, maxDepth, dedupeWindowMs, configVersion, redactor } = routingContext(snapshot);
  return routeEvent({
    event,
    emitter,
    routes,
    targets: instance,
    maxDepth,
    dedupeWindowMs,
    configVersion,
    priority: emitter?.priority ?? 0,
    now: event.createdAt,
    newId: () => 'foreseen',
    mask: (text) => redactor.text(text),
  });
}
