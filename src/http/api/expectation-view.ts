import { soughtText } from '../../domain/expectation.ts';
import type { ExpectationView } from '../../engine/expectations.ts';
import { instant } from './instant-view.ts';

/** An expectation with its last sight. */
export function expectationView({ expectation, state, dueAt }: ExpectationView) {
  return {
    name: expectation.name,
    expected: soughtText(expectation.seen),
    within_ms: expectation.withinMs,
    since: instant(state.sinceAt),
    last_seen_at: instant(state.seenAt),
    due_at: instant(dueAt),
    missed_since: instant(state.missedAt),
  };
}
