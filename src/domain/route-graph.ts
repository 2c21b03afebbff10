import { nearest } from './did-you-mean.ts';
import { type CompiledRoute, matchesType } from './route.ts';

/** The event types that somebody may emit; null: nobody said, so any. */
export type EmittedTypes = ReadonlySet<string> | null;

/** Who emits what, by name. */
export interface Emitters {
  readonly instances: ReadonlyMap<string, EmittedTypes>;
  readonly webhooks: ReadonlyMap<string, EmittedTypes>;
}

/** A route, as far as it matters who leads where. */
export type RouteEdge = Pick<CompiledRoute, 'from' | 'eventType' | 'to' | 'when' | 'dedupeKey' | 'delayMs'>;

/** Why no event can take a route, and what to do. */
export interface Unreachable {
  readonly key: 'from' | 'event_type';
  readonly message: string;
  readonly hint: string;
}

const CORE = 'ductile.';

/** Why no event can take a route as far as the declarations tell, or null. */
export function unreachable({ from, eventType }: RouteEdge, emitters: Emitters): Unreachable | null {
  if (eventType.startsWith(CORE)) {
    if (from === null) return null;
    const message = `events such as "${eventType}" come from the core, so none comes from "${from}"`;
    return { key: 'from', message, hint: 'take `from` out; `when: payload.instance == "…"` picks an instance' };
  }
  const emitter = from === null ? null : emitterOf(from, emitters);
  if (emitter === null) return from === null ? misspelt(eventType, emitters) : null;
  const { name, types } = emitter;
  if (types === null || [...types].some((type) => matchesType(eventType, type))) return null;
  const near = nearest(eventType, types);
  return {
    key: 'event_type',
    message: `${name} emits nothing that matches "${eventType}"`,
    hint:
      near !== null
        ? `did you mean "${near}"?`
        : types.size === 0
          ? 'it emits no events at all'
          : `it emits ${[...types].join(', ')}`,
  };
}

/** Who is meant by a source that names somebody whose types are known; else null. */
function emitterOf(
  from: NonNullable<RouteEdge['from']>,
  { instances, webhooks }: Emitters,
): { readonly name: string; readonly types: EmittedTypes } | null {
  const [kind = '', name = ''] = from.split(':');
  const types = kind === 'instance' ? instances.get(name) : kind === 'webhook' ? webhooks.get(name) : undefined;
  return types === undefined ? null : { name: kind === 'instance' ? `"${name}"` : `the webhook "${name}"`, types };
}

/** A type that nobody declares may still come from outside; one that is nearly that of somebody is a slip. */
function misspelt(eventType: string, { instances, webhooks }: Emitters): Unreachable | null {
  const known = new Set<string>();
  for (const types of [...instances.values(), ...webhooks.values()]) {
    if (types === null) return null;
    for (const type of types) known.add(type);
  }
  if ([...known].some((type) => matchesType(eventType, type))) return null;
  const near = nearest(eventType, known);
  if (near === null || eventType.endsWith('*')) return null;
  const message = `no instance or webhook emits "${eventType}"`;
  return { key: 'event_type', message, hint: `did you mean "${near}"?` };
}

/** Instances that may feed each other for ever: each leads to the next and the last to the first. */
export interface Circle {
  readonly instances: readonly string[];
  /** Indexes of the routes, in the same order. */
  readonly routes: readonly number[];
}

/** To whom an instance leads, by which route. */
type Ways = Map<string, Map<string, number>>;

/** Circles of routes of which none has a `when`, a `dedupe_key` or a `delay`, one for each group that hangs together. */
export function circlesOf(routes: readonly (RouteEdge | null)[], emitters: Emitters): readonly Circle[] {
  const ways = waysOf(routes, emitters);
  const circles: Circle[] = [];
  for (;;) {
    dropDeadEnds(ways);
    const circle = anyCircle(ways);
    if (circle === null) return circles;
    circles.push(circle);
    for (const name of circle.instances) ways.delete(name);
  }
}

function waysOf(routes: readonly (RouteEdge | null)[], { instances }: Emitters): Ways {
  const ways: Ways = new Map([...instances.keys()].map((name) => [name, new Map<string, number>()]));
  for (const [index, route] of routes.entries()) {
    if (route === null || hasBrake(route) || route.eventType.startsWith(CORE)) continue;
    for (const [name, types] of instances) {
      if (!mayTake(route, name, types)) continue;
      const onward = ways.get(name);
      for (const { instance } of route.to) if (!onward?.has(instance)) onward?.set(instance, index);
    }
  }
  return ways;
}

function hasBrake({ when, dedupeKey, delayMs }: RouteEdge): boolean {
  return when !== null || dedupeKey !== null || delayMs > 0;
}

/** Of an instance that declares nothing, only a route that names it expects anything. */
function mayTake({ from, eventType }: RouteEdge, name: string, types: EmittedTypes): boolean {
  if (from !== null && from !== `instance:${name}`) return false;
  return types === null ? from !== null : [...types].some((type) => matchesType(eventType, type));
}

/** Leaves only instances from which one can go on for ever. */
function dropDeadEnds(ways: Ways): void {
  for (let before = -1; before !== ways.size; ) {
    before = ways.size;
    for (const [name, onward] of ways) {
      for (const next of onward.keys()) if (!ways.has(next)) onward.delete(next);
      if (onward.size === 0) ways.delete(name);
    }
  }
}

/** Goes on from the first instance until it comes to one where it has been; null when there is none left. */
function anyCircle(ways: Ways): Circle | null {
  const walked = new Map<string, number>();
  let [at] = ways.keys();
  while (at !== undefined && !walked.has(at)) {
    const [way] = ways.get(at) ?? [];
    if (way === undefined) return null;
    walked.set(at, way[1]);
    at = way[0];
  }
  if (at === undefined) return null;
  const names = [...walked.keys()];
  const instances = names.slice(names.indexOf(at));
  return { instances, routes: instances.flatMap((name) => walked.get(name) ?? []) };
}
