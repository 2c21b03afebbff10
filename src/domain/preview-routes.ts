import type { JobDraft } from './job.ts';
import { sameValue } from './same-value.ts';

/** A job that a route would make, as far as two configurations can be compared by it. */
export interface ForeseenJob {
  readonly route: string;
  readonly instance: string;
  readonly command: string;
}

/** How the jobs of one event would differ between two configurations. */
export interface ForeseenChange {
  /** Only the old routes make them. */
  readonly lost: readonly ForeseenJob[];
  /** Only the new routes make them. */
  readonly gained: readonly ForeseenJob[];
  /** Both make them, with other values of these fields. */
  readonly changed: readonly (ForeseenJob & { readonly fields: readonly string[] })[];
}

/** What of a draft a route decides. */
const FIELDS = {
  payload: 'payload',
  priority: 'priority',
  maxAttempts: 'max_attempts',
  runAt: 'run_at',
  dedupeKey: 'dedupe_key',
  timeoutMs: 'timeout_ms',
} as const satisfies Partial<Record<keyof JobDraft, string>>;

/** How the jobs that an event leads to differ; null when they do not. */
export function foreseenChange(before: readonly JobDraft[], after: readonly JobDraft[]): ForeseenChange | null {
  const old = byTarget(before);
  const young = byTarget(after);
  const lost = [...old].filter(([key]) => !young.has(key)).map(([, draft]) => jobOf(draft));
  const gained = [...young].filter(([key]) => !old.has(key)).map(([, draft]) => jobOf(draft));
  const changed = [...old].flatMap(([key, draft]) => {
    const other = young.get(key);
    if (other === undefined) return [];
    const fields = Object.entries(FIELDS).filter(
      ([field]) => !sameValue(Reflect.get(draft, field), Reflect.get(other, field)),
    );
    return fields.length === 0 ? [] : [{ ...jobOf(draft), fields: fields.map(([, name]) => name) }];
  });
  return lost.length + gained.length + changed.length === 0 ? null : { lost, gained, changed };
}

function jobOf({ submittedBy, instance, command }: JobDraft): ForeseenJob {
  return { route: submittedBy.replace(/^route:/, ''), instance, command };
}

/** A route may name one target twice. */
function byTarget(drafts: readonly JobDraft[]): ReadonlyMap<string, JobDraft> {
  const found = new Map<string, JobDraft>();
  for (const draft of drafts) {
    const { route, instance, command } = jobOf(draft);
    let key = JSON.stringify([route, instance, command]);
    while (found.has(key)) key += '+';
    found.set(key, draft);
  }
  return found;
}
