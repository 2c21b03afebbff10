import type { Instance } from './instance.ts';
import type { Json } from './json.ts';
import { maskRouted } from './mask-decision.ts';
import type { Redactor } from './redact.ts';
import { type CompiledRoute, matchesType, routeEvent } from './route.ts';
import type { RoutedEvent } from './settlement.ts';

/** What routing needs of the snapshot in force. */
export interface RoutingContext {
  readonly routes: readonly CompiledRoute[];
  /** Types and prefixes that expectations wait for. */
  readonly expected: readonly string[];
  readonly instance: (name: string) => Instance | undefined;
  readonly redactor: Redactor;
  readonly maxDepth: number;
  readonly dedupeWindowMs: number;
  readonly configVersion: string;
}

/** An event of the core that no job caused, under the snapshot in force at `now`. */
export interface CoreEventInput {
  readonly context: RoutingContext;
  readonly type: string;
  readonly payload: Json;
  readonly now: number;
  readonly newId: () => string;
}

/** The event with what it leads to; null when neither a route nor an expectation waits for it. */
export function routeCore({ context, type, payload, now, newId }: CoreEventInput): RoutedEvent | null {
  const { routes, instance: targets, redactor, maxDepth, dedupeWindowMs, configVersion } = context;
  const routed = routeEvent({
    event: {
      id: newId(),
      type,
      source: 'core',
      payload,
      occurredAt: now,
      createdAt: now,
      dedupeKey: null,
      jobId: null,
      attempt: null,
      rootJobId: null,
      depth: 0,
      fromCore: true,
    },
    emitter: null,
    routes,
    targets,
    maxDepth,
    dedupeWindowMs,
    priority: 0,
    configVersion,
    now,
    newId,
    mask: (text) => redactor.text(text),
  });
  return isAwaited(routed, context) ? maskRouted(routed, redactor) : null;
}

/** True when a route or an expectation waits for the event. */
export function isAwaited({ event, decisions }: RoutedEvent, { expected }: Pick<RoutingContext, 'expected'>): boolean {
  return (
    decisions.some((decision) => decision.code !== 'event_unrouted') ||
    expected.some((pattern) => matchesType(pattern, event.type))
  );
}
