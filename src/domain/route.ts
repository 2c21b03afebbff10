import { type Expression, evaluateCondition, inputsOf } from './condition.ts';
import type { Meter } from './condition-run.ts';
import type { Decision } from './decision.ts';
import { type Event, isReservedType } from './event.ts';
import type { Instance } from './instance.ts';
import { formatInstant } from './instant.ts';
import type { Job, JobDraft } from './job.ts';
import type { Json, JsonObject } from './json.ts';
import { jsonBytes } from './json-size.ts';
import { evaluateMapping, type Mapping } from './mapping.ts';
import { evaluateText, type Template } from './mapping-template.ts';
import { type Mask, unmasked } from './masked-start.ts';
import { decide, disabled, failed, type Reason, tooLarge, unrouted } from './route-decision.ts';
import { newRouteMeter, onShare } from './route-meter.ts';
import type { RoutedEvent } from './settlement.ts';

/** The names that expressions of a route may use; `job` is null for an event from outside. */
export const ROUTE_SCOPE = ['payload', 'event', 'job'] as const;
/** The command of a target that names none. */
export const DEFAULT_COMMAND = 'handle';
const MAX_KEY = 1_000;

/** An event's source, as a route asks for it. */
export type RouteSource = `instance:${string}` | `webhook:${string}` | 'api' | 'cli';

/** Where a route leads. */
export interface RouteTarget {
  readonly instance: string;
  readonly command: string;
}

/** A route, checked and compiled; spans in milliseconds, null where the default holds. */
export interface CompiledRoute {
  readonly name: string;
  readonly from: RouteSource | null;
  /** Exact, `prefix.*` or `*`. */
  readonly eventType: string;
  readonly when: Expression | null;
  readonly to: readonly RouteTarget[];
  readonly with: Mapping | null;
  readonly dedupeKey: Template | null;
  readonly delayMs: number;
  readonly priority: number | null;
  readonly maxAttempts: number | null;
  readonly timeoutMs: number | null;
}

/** What routing reads of the job that emitted an event. */
export type Emitter = Pick<Job, 'id' | 'instance' | 'command' | 'rootJobId'>;

/** An event and what its routes may depend on. */
export interface RoutingInput {
  readonly event: Event;
  /** The job whose response carried the event; null: it came from outside. */
  readonly emitter: Emitter | null;
  readonly routes: readonly CompiledRoute[];
  readonly targets: (instance: string) => Instance | undefined;
  readonly maxDepth: number;
  readonly dedupeWindowMs: number;
  /** For routes that set none. */
  readonly priority: number;
  readonly configVersion: string;
  readonly now: number;
  readonly newId: () => string;
  /** Masks what decisions quote of the event before it is shortened; default: nothing is secret. */
  readonly mask?: Mask;
  /** What is left for expressions, shared by all events of one commit; default: a full one for this event. */
  readonly meter?: Meter;
}

/** True when the pattern stands for the type: the same, `prefix.*` for every deeper one, `*` for all but the core's. */
export function matchesType(pattern: string, type: string): boolean {
  if (pattern === '*') return !isReservedType(type);
  return pattern.endsWith('.*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}

/** The jobs that an event causes, in the order of the routes and their targets, and why each matching route was taken or not. */
export function routeEvent(input: RoutingInput): RoutedEvent {
  const { event, routes } = input;
  const matching = routes.filter(
    (route) => matchesType(route.eventType, event.type) && (route.from === null || route.from === event.source),
  );
  if (matching.length === 0) return { event, drafts: [], decisions: [unrouted(input)] };
  const { meter = newRouteMeter(), mask = unmasked } = input;
  const routing = { values: valuesOf(input), meter, mask, passedOn: sized(event.payload) };
  const outcomes = matching.map((route) => takeRoute(route, input, routing));
  return {
    event,
    drafts: outcomes.flatMap((outcome) => outcome.drafts),
    decisions: outcomes.flatMap((outcome) => outcome.decisions),
  };
}

type Outcome = Omit<RoutedEvent, 'event'>;

/** What the expressions of an event's routes are evaluated with. */
interface Routing {
  readonly values: JsonObject;
  readonly meter: Meter;
  readonly mask: Mask;
  /** The event's payload, for routes that have no mapping. */
  readonly passedOn: Sized;
}

function takeRoute(route: CompiledRoute, input: RoutingInput, routing: Routing): Outcome {
  const { values, meter: left, mask } = routing;
  const refuse = (decision: Reason): Outcome => ({ drafts: [], decisions: [decide(input, route.name, decision)] });
  const { when } = route;
  if (when !== null) {
    const verdict = onShare(left, (meter) => evaluateCondition(when, values, { meter, mask }));
    if (!verdict.ok || !verdict.value) {
      const inputs = inputsOf(when, values, mask);
      if (!verdict.ok) return refuse(failed({ part: 'when', what: 'condition', message: verdict.message, inputs }));
      return refuse({ code: 'route_condition_false', text: 'its condition was false', values: inputs });
    }
  }
  const depth = input.event.depth + 1;
  if (depth > input.maxDepth) {
    const advice = 'look for routes that feed each other, or raise service.max_depth';
    const text = `the chain of routes would be ${depth} hops long and ${input.maxDepth} are allowed; ${advice}`;
    return refuse({ code: 'route_max_depth', text, values: { depth, max_depth: input.maxDepth } });
  }
  const { with: mapping, dedupeKey } = route;
  const payload = mapping && onShare(left, (meter) => evaluateMapping(mapping, values, { meter, mask }));
  if (payload?.ok === false) return refuse(failed({ part: 'with', what: 'mapping', message: payload.message }));
  const key = dedupeKey && onShare(left, (meter) => evaluateText(dedupeKey, values, { meter, mask }));
  if (key?.ok === false) return refuse(failed({ part: 'dedupe_key', what: 'dedupe key', message: key.message }));
  const message = key === null ? null : problemOf(key.value);
  if (message !== null) return refuse(failed({ part: 'dedupe_key', what: 'dedupe key', message }));
  return draftsOf(route, input, {
    ...(payload === null ? routing.passedOn : sized(payload.value)),
    key: key?.value ?? null,
  });
}

function problemOf(key: string): string | null {
  if (key === '' || key.length > MAX_KEY) return `a key has 1 to ${MAX_KEY} characters, and this one has ${key.length}`;
  // Stored as UTF-8, all halves become one character: a job would be absorbed by that of another key.
  return key.isWellFormed() ? null : 'a key must not hold half a surrogate pair';
}

/** A payload and its bytes as JSON, counted once and only when they are asked for. */
interface Sized {
  readonly payload: Json;
  readonly bytes: () => number;
}

function sized(payload: Json): Sized {
  let bytes: number | null = null;
  const count = (): number => {
    bytes ??= jsonBytes(payload);
    return bytes;
  };
  return { payload, bytes: count };
}

function draftsOf(route: CompiledRoute, input: RoutingInput, made: Sized & { readonly key: string | null }): Outcome {
  const drafts: JobDraft[] = [];
  const refusals: Decision[] = [];
  for (const target of route.to) {
    const instance = input.targets(target.instance);
    if (instance?.enabled !== true) {
      refusals.push(decide(input, route.name, disabled(target.instance, instance !== undefined)));
      continue;
    }
    const most = instance.limits.jobPayloadBytes;
    if (made.bytes() > most) {
      refusals.push(decide(input, route.name, tooLarge(target.instance, made.bytes(), most)));
      continue;
    }
    drafts.push(draft({ route, input, target, instance, ...made }));
  }
  if (drafts.length === 0) return { drafts, decisions: refusals };
  const jobs = drafts.map((made) => made.id);
  const taken: Reason = { code: 'route_taken', text: `it leads to ${drafts.map(nameOf).join(', ')}`, values: { jobs } };
  return { drafts, decisions: [decide(input, route.name, taken), ...refusals] };
}

interface Making {
  readonly route: CompiledRoute;
  readonly input: RoutingInput;
  readonly target: RouteTarget;
  readonly instance: Instance;
  readonly payload: Json;
  readonly key: string | null;
}

function draft({ route, input, target, instance, payload, key }: Making): JobDraft {
  const { event, emitter, now } = input;
  const id = input.newId();
  const inherited = event.dedupeKey === null ? null : `${route.name}/${nameOf(target)}/${event.dedupeKey}`;
  return {
    id,
    instance: instance.name,
    plugin: instance.plugin,
    command: target.command,
    payload,
    priority: route.priority ?? input.priority,
    maxAttempts: route.maxAttempts ?? instance.retry.maxAttempts,
    runAt: now + route.delayMs,
    dedupeKey: key ?? inherited,
    dedupeWindowMs: input.dedupeWindowMs,
    idempotencyKey: id,
    submittedBy: `route:${route.name}`,
    parentJobId: emitter?.id ?? null,
    rootJobId: emitter?.rootJobId ?? id,
    sourceEventId: event.id,
    depth: event.depth + 1,
    timeoutMs: route.timeoutMs,
    fromCore: event.fromCore || isReservedType(event.type),
    configVersion: input.configVersion,
    createdAt: now,
  };
}

/** `notify`, or `notify.poll` when the command is not the default one. */
function nameOf({ instance, command }: RouteTarget): string {
  return command === DEFAULT_COMMAND ? instance : `${instance}.${command}`;
}

function valuesOf({ event, emitter }: RoutingInput): JsonObject {
  const job = emitter && {
    id: emitter.id,
    instance: emitter.instance,
    command: emitter.command,
    root_job_id: emitter.rootJobId,
  };
  const { id, type, source, payload } = event;
  const occurred = formatInstant(event.occurredAt);
  return { payload, job, event: { event_id: id, type, source, occurred_at: occurred, payload } };
}
