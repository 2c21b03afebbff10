import type { Decision } from './decision.ts';
import type { Redactor } from './redact.ts';
import type { RoutedEvent } from './settlement.ts';

/**
 * A routed event as it may be written: what its decisions quote of payloads and errors is masked. The event and its jobs
 * stay byte-exact, since plugins exchange them.
 */
export function maskRouted(routed: RoutedEvent, redactor: Redactor): RoutedEvent {
  return { ...routed, decisions: routed.decisions.map((decision) => maskDecision(decision, redactor)) };
}

function maskDecision(decision: Decision, redactor: Redactor): Decision {
  return { ...decision, text: redactor.text(decision.text), values: redactor.json(decision.values) };
}
