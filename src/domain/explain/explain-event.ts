import type { Event } from '../event.ts';
import { adviceOn } from './advice.ts';
import { clock, distinct, type Explanation, type Recorded, recorded, sentence } from './explanation.ts';

/** What became of an event, route by route; decisions newest first. */
export function explainEvent({
  event,
  decisions,
}: {
  readonly event: Event;
  readonly decisions: readonly Recorded[];
}): Explanation {
  const inOrder = decisions.toReversed();
  const taken = inOrder.filter(({ code }) => code === 'route_taken');
  const refused = inOrder.filter(
    ({ code, route }) => route !== null && code !== 'route_taken' && code !== 'job_duplicate',
  );
  const duplicates = inOrder.filter(({ code }) => code === 'job_duplicate');
  const absorbed = duplicates.length === 0 ? '' : ` ${plural(duplicates.length, 'job was', 'jobs were')} a duplicate.`;
  return {
    kind: 'event',
    id: event.id,
    summary: `${headline(event, { inOrder, taken, refused })}${absorbed}`,
    because: inOrder.map(recorded),
    next: null,
    todo: distinct(inOrder.map(adviceOn)),
  };
}

function headline(
  event: Event,
  { inOrder, taken, refused }: { readonly [name in 'inOrder' | 'taken' | 'refused']: readonly Recorded[] },
): string {
  const [first] = inOrder;
  if (first === undefined) {
    return `${event.type} from ${event.source} was recorded at ${clock(event.createdAt)}; no decision on it is kept.`;
  }
  if (taken.length > 0) {
    const names = taken.map(({ route }) => route).join(', ');
    const others =
      refused.length === 0 ? '' : ` ${plural(refused.length, 'other route was', 'other routes were')} not taken.`;
    return `${event.type} from ${event.source} took ${taken.length === 1 ? 'the route' : 'the routes'} ${names}.${others}`;
  }
  if (refused.length > 1) {
    return `${event.type} from ${event.source} made no job: ${refused.length} routes ask for it and none was taken.`;
  }
  return sentence((refused[0] ?? first).text);
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
