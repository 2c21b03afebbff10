import { compileCondition, type Expression } from './condition.ts';
import { nearest } from './did-you-mean.ts';
import { eventTypeError } from './event.ts';
import { isJsonObject, type Json } from './json.ts';
import { compileMapping, type Mapping } from './mapping.ts';
import { compileTemplate, type Template } from './mapping-template.ts';
import type { ProblemCode } from './problem-codes.ts';
import { type CompiledRoute, DEFAULT_COMMAND, ROUTE_SCOPE, type RouteSource, type RouteTarget } from './route.ts';

/** A target as written. */
export type TargetText = string | { readonly instance: string; readonly command?: string | undefined };

/** A route as written, units decoded: spans in milliseconds. */
export interface RouteText {
  readonly name: string;
  readonly from?: string | undefined;
  readonly event_type: string;
  readonly when?: string | undefined;
  readonly to: TargetText | readonly TargetText[];
  readonly with?: unknown;
  readonly dedupe_key?: string | undefined;
  readonly delay?: number | undefined;
  readonly priority?: number | undefined;
  readonly max_attempts?: number | undefined;
  readonly timeout?: number | undefined;
}

/** What a route may refer to. */
export interface RouteReferences {
  /** The commands of each configured instance, by its name. */
  readonly instances: ReadonlyMap<string, readonly string[]>;
  /** Names of the webhook endpoints. */
  readonly webhooks: readonly string[];
}

/** What is wrong with a route, and where in it. */
export interface RouteProblem {
  /** Keys from the route to the place. */
  readonly key: readonly string[];
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint: string | null;
  /** UTF-16 offset into the string at that place, when the problem is inside it. */
  readonly offset?: number;
}

/** Checks and compiles a route, or tells everything that is wrong with it. */
export function compileRoute(
  text: RouteText,
  known: RouteReferences,
):
  | { readonly ok: true; readonly route: CompiledRoute }
  | { readonly ok: false; readonly problems: readonly RouteProblem[] } {
  const problems: RouteProblem[] = [];
  const note = (problem: RouteProblem | null): void => {
    if (problem !== null) problems.push(problem);
  };
  const from = text.from === undefined ? null : sourceOf(text.from, known, note);
  note(typeProblem(text.event_type));
  const when = text.when === undefined ? null : expressionOf(text.when, note);
  const to = targetsOf(text.to, known, note);
  const mapping = text.with === undefined ? null : mappingOf(text.with, note);
  const dedupeKey = text.dedupe_key === undefined ? null : templateOf(text.dedupe_key, note);
  if (problems.length > 0) return { ok: false, problems };
  const route: CompiledRoute = {
    name: text.name,
    from,
    eventType: text.event_type,
    when,
    to,
    with: mapping,
    dedupeKey,
    delayMs: text.delay ?? 0,
    priority: text.priority ?? null,
    maxAttempts: text.max_attempts ?? null,
    timeoutMs: text.timeout ?? null,
  };
  return { ok: true, route };
}

type Note = (problem: RouteProblem | null) => void;

function sourceOf(text: string, known: RouteReferences, note: Note): RouteSource | null {
  if (text === 'api' || text === 'cli') return text;
  const [, prefix = 'instance', name = text] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  if (prefix === 'webhook') {
    note(unknownName({ name, names: known.webhooks, what: 'webhook', key: ['from'] }));
    return `webhook:${name}`;
  }
  if (prefix === 'instance') {
    note(unknownName({ name, names: [...known.instances.keys()], what: 'instance', key: ['from'] }));
    return `instance:${name}`;
  }
  const hint = 'write the name of an instance, `instance:x`, `webhook:y`, `api` or `cli`';
  note({ key: ['from'], code: 'invalid_value', message: `"${text}" is not a source of events`, hint });
  return null;
}

interface Reference {
  readonly name: string;
  readonly names: readonly string[];
  readonly what: string;
  readonly key: readonly string[];
}

function unknownName({ name, names, what, key }: Reference): RouteProblem | null {
  if (names.includes(name)) return null;
  const code = what === 'command' ? 'unknown_command' : 'unknown_reference';
  return { key, code, message: `there is no ${what} "${name}"`, hint: suggestion(name, names, what) };
}

function suggestion(name: string, names: readonly string[], what: string): string {
  const near = nearest(name, names);
  if (near !== null) return `did you mean "${near}"?`;
  return names.length === 0 ? `no ${what} is configured` : `there are: ${names.slice(0, 10).join(', ')}`;
}

function typeProblem(pattern: string): RouteProblem | null {
  const prefix = pattern.endsWith('.*') ? pattern.slice(0, -2) : pattern;
  const message = pattern === '*' ? null : eventTypeError(prefix);
  if (message === null) return null;
  const bare = pattern.replace(/\.?\*+$/, '');
  const hint =
    bare !== pattern && eventTypeError(bare) === null
      ? `did you mean "${bare}.*"?`
      : 'write a type such as `backup.done`, a prefix such as `backup.*`, or `*`';
  return { key: ['event_type'], code: 'invalid_event_type', message, hint };
}

function expressionOf(text: string, note: Note): Expression | null {
  const compiled = compileCondition(text, ROUTE_SCOPE);
  if (compiled.ok) return compiled.expression;
  const { message, offset } = compiled;
  note({ key: ['when'], code: 'invalid_expression', message, hint: hintFor(message), offset });
  return null;
}

function templateOf(text: string, note: Note): Template | null {
  const compiled = compileTemplate(text, ROUTE_SCOPE);
  if (compiled.ok) return compiled.template;
  const { message, offset } = compiled;
  note({ key: ['dedupe_key'], code: 'invalid_expression', message, hint: hintFor(message), offset });
  return null;
}

function mappingOf(value: unknown, note: Note): Mapping | null {
  if (!isJson(value)) {
    note({ key: ['with'], code: 'invalid_value', message: 'the mapping holds what JSON cannot express', hint: null });
    return null;
  }
  const compiled = compileMapping(value, ROUTE_SCOPE);
  if (compiled.ok) return compiled.mapping;
  for (const { path, message, offset } of compiled.failures) {
    note({ key: ['with', ...path], code: 'invalid_expression', message, hint: hintFor(message), offset });
  }
  return null;
}

function hintFor(message: string): string | null {
  return message.startsWith('unknown name') ? "the event's payload is `payload`: write payload.kg, not kg" : null;
}

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return isJsonObject(value) && Object.values(value).every(isJson);
}

function targetsOf(to: RouteText['to'], known: RouteReferences, note: Note): readonly RouteTarget[] {
  const texts = typeof to === 'string' || 'instance' in to ? [to] : to;
  const list = Array.isArray(to);
  if (texts.length === 0) {
    note({
      key: ['to'],
      code: 'invalid_value',
      message: 'the route leads nowhere',
      hint: 'name at least one instance',
    });
  }
  const targets = texts.map(toTarget);
  targets.forEach((target, at) => {
    const key = list ? ['to', String(at)] : ['to'];
    note(targetProblem(target, key, known));
    const twice = targets.findIndex((other) => other.instance === target.instance && other.command === target.command);
    if (twice !== at) {
      const message = `the route leads to ${target.instance} (${target.command}) twice`;
      note({ key, code: 'duplicate_name', message, hint: 'remove one of them' });
    }
  });
  return targets;
}

function toTarget(text: TargetText): RouteTarget {
  if (typeof text === 'string') return { instance: text, command: DEFAULT_COMMAND };
  return { instance: text.instance, command: text.command ?? DEFAULT_COMMAND };
}

function targetProblem(target: RouteTarget, key: readonly string[], known: RouteReferences): RouteProblem | null {
  const commands = known.instances.get(target.instance);
  if (commands === undefined) {
    return unknownName({ name: target.instance, names: [...known.instances.keys()], what: 'instance', key });
  }
  const problem = unknownName({ name: target.command, names: commands, what: 'command', key });
  return problem && { ...problem, message: `the instance "${target.instance}" has no command "${target.command}"` };
}
