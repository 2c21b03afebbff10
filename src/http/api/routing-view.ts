import { formatInstant } from '../../domain/instant.ts';
import type { Redactor } from '../../domain/redact.ts';
import type { CompiledRoute } from '../../domain/route.ts';
import type { RoutedEvent } from '../../domain/settlement.ts';
import { decisionView } from './decision-view.ts';

/** A route of the configuration; its condition is shown masked, its mapping is left to `config`. */
export function routeView(route: CompiledRoute, redactor: Redactor) {
  return {
    route: route.name,
    from: route.from,
    event_type: route.eventType,
    when: route.when === null ? null : redactor.text(route.when.text),
    to: route.to.map(({ instance, command }) => ({ instance, command })),
    delay_ms: route.delayMs,
    priority: route.priority,
    max_attempts: route.maxAttempts,
    timeout_ms: route.timeoutMs,
  };
}

/** What an event would lead to; payloads are shown masked. */
export function routeTestView(
  { drafts, decisions }: RoutedEvent,
  { type, source, redactor }: { readonly type: string; readonly source: string; readonly redactor: Redactor },
) {
  return {
    type,
    source,
    jobs: drafts.map((draft) => ({
      instance: draft.instance,
      command: draft.command,
      payload: redactor.json(draft.payload),
      dedupe_key: draft.dedupeKey,
      priority: draft.priority,
      run_at: formatInstant(draft.runAt),
      submitted_by: draft.submittedBy,
    })),
    decisions: decisions.map(decisionView),
  };
}
