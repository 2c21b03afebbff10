import type { Event } from '../event.ts';
import { type CompiledRoute, matchesType } from '../route.ts';
import { adviceOn } from './advice.ts';
import { clock, distinct, type Explanation, fact, type Recorded, recorded, sentence } from './explanation.ts';

/** What is known about a route, or about it and one event; decisions newest first. */
export interface RouteFacts {
  readonly route: Pick<CompiledRoute, 'name' | 'eventType' | 'from' | 'to'>;
  readonly event: Event | null;
  readonly decisions: readonly Recorded[];
}

/** Why a route was or was not taken. */
export function explainRoute({ route, event, decisions }: RouteFacts): Explanation {
  const about = event === null ? decisions : decisions.filter(({ eventId }) => eventId === event.id);
  const [latest] = about;
  const base = { kind: 'route', id: route.name, next: null } as const;
  if (latest !== undefined) {
    const count = about.filter(({ code }) => code === 'route_taken').length;
    const of = event === null && about.length > 1 ? ` It was taken ${count} of the last ${about.length} times.` : '';
    const when = event === null ? ` (${clock(latest.lastAt)}, event ${latest.eventId})` : '';
    return {
      ...base,
      summary: `${sentence(`${latest.text.replace(/\.$/, '')}${when}`)}${of}`,
      because: about.slice(0, 10).map(recorded),
      todo: distinct(about.slice(0, 1).map(adviceOn)),
    };
  }
  if (event !== null) return { ...base, ...passedBy(route, event) };
  const from = route.from === null ? 'anywhere' : route.from;
  return {
    ...base,
    summary: `Route ${route.name} has not looked at any event that is still remembered; it asks for ${route.eventType} from ${from}.`,
    because: [fact('no_event', `no event ${route.eventType} from ${from} is remembered`)],
    todo: ['See what events there are: `ductile event list`.', '`ductile route test <type>` tries it on an event.'],
  };
}

function passedBy(
  { name, eventType, from }: RouteFacts['route'],
  event: Event,
): Pick<Explanation, 'summary' | 'because' | 'todo'> {
  const told = (code: string, text: string, todo: string) => ({
    summary: `Route ${name} was not taken: ${text}.`,
    because: [fact(code, text, { event_type: event.type, source: event.source })],
    todo: [todo],
  });
  if (!matchesType(eventType, event.type)) {
    const text = `it asks for ${eventType} and the event is ${event.type}`;
    return told('type_differs', text, `Change \`event_type\` of the route ${name} if it should take such events.`);
  }
  if (from !== null && from !== event.source) {
    const text = `it asks for events from ${from} and this one came from ${event.source}`;
    return told('source_differs', text, `Change \`from\` of the route ${name} if it should take such events.`);
  }
  const text = 'no decision of it is kept, so it was not in force then or retention removed the record';
  return told(
    'not_recorded',
    text,
    `See \`ductile config history\`; \`ductile route test ${event.type}\` tries it now.`,
  );
}
