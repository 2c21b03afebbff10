import type { Explanation } from '../../domain/explain/explanation.ts';
import { instant } from './instant-view.ts';

/** An explanation as every interface tells it: the most useful thing to do is `hint`, and all of them are `hints`. */
export function explanationView({ kind, id, summary, because, next, todo }: Explanation) {
  return {
    kind,
    id,
    summary,
    reasons: because.map(({ code, at, count, text, values }) => ({ code, text, at: instant(at), count, values })),
    next: next?.text ?? null,
    next_at: instant(next?.at ?? null),
    hint: todo[0] ?? null,
    hints: todo,
  };
}
