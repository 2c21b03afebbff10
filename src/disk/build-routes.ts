import { describeValue, formatPath, type Path, valueAt } from '../domain/config/finding.ts';
import { routeSchema, routesSchema } from '../domain/config/routes.ts';
import { isBroken } from '../domain/config/salvage.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { CompiledRoute } from '../domain/route.ts';
import { compileRoute, type RouteProblem, type RouteReferences, type RouteText } from '../domain/route-compile.ts';
import type { BuiltInstance } from './build-instance.ts';
import { checkFlow } from './check-flow.ts';
import { checkUnique } from './check-outside.ts';
import type { LoadedConfig } from './load-config.ts';
import { type ReadTarget, readTarget } from './read-target.ts';

/** Compiles the `routes` section; everything wrong with it is reported. */
export function buildRoutes(
  targets: ReadonlyMap<string, BuiltInstance>,
  config: LoadedConfig,
): readonly CompiledRoute[] {
  const written = config.tree['routes'] ?? [];
  if (!Array.isArray(written)) {
    config.decode(routesSchema, ['routes'], written);
    return [];
  }
  const known = referencesOf(targets, config, written);
  const routes = written.map((value: Json, index) => buildRoute(value, ['routes', index], { known, config }));
  checkUnique(written, { base: ['routes'], key: 'name' }, config);
  checkFlow(routes, targets, config);
  return routes.filter((route) => route !== null);
}

function buildRoute(
  value: Json,
  path: Path,
  { known, config }: { readonly known: RouteReferences; readonly config: LoadedConfig },
): CompiledRoute | null {
  const decoded = config.decode(routeSchema, path, value);
  const read = decoded === null ? readFaulty(value, path, config) : { text: decoded.value, follows: () => false };
  if (read === null) return null;
  const result = compileRoute(read.text, known);
  if (result.ok) return decoded === null ? null : result.route;
  for (const problem of result.problems) {
    if (read.follows(problem)) continue;
    const { code, message, hint, offset } = problem;
    const key = indexed(value, problem.key);
    const text = valueAt(value, key);
    const within = offset === undefined || typeof text !== 'string' ? undefined : { text, offset };
    const place = [...path, ...key];
    const shown = within === undefined ? '' : `, in ${describeValue(text)}`;
    const full = `${formatPath(place)}: ${message}${shown}`;
    config.report({ severity: 'error', code, path: place, at: 'value', message: full, hint }, within);
  }
  return null;
}

/** A route whose form is at fault, so that the rest of it can be checked; `follows` tells what only follows from that. */
function readFaulty(
  value: Json,
  path: Path,
  config: LoadedConfig,
): { readonly text: RouteText; readonly follows: (problem: RouteProblem) => boolean } | null {
  const salvaged = config.salvage(routeSchema, path, value);
  if (salvaged === null) return null;
  const to = valueAt(value, ['to']);
  const targets = Array.isArray(to)
    ? to.map((target: Json, index) => readTarget(target, [...path, 'to', index], config))
    : [readTarget(isJsonObject(value) ? value['to'] : undefined, [...path, 'to'], config)];
  const text = {
    name: '',
    event_type: '*',
    ...salvaged.value,
    to: targets.map(({ instance, command }) => ({ instance: instance ?? '', command: command ?? undefined })),
  };
  return {
    text: Array.isArray(to) ? text : { ...text, to: text.to[0] ?? '' },
    follows: ({ key, code }) => {
      const [first = '', index = '0'] = key;
      return first === 'to' ? followsFrom(targets[Number(index)], code) : isBroken(salvaged.broken, key);
    },
  };
}

function followsFrom(target: ReadTarget | undefined, code: RouteProblem['code']): boolean {
  if (target === undefined || target.instance === null) return true;
  return target.command === null && code !== 'unknown_reference';
}

/** A path with its list indexes as numbers. */
function indexed(value: unknown, path: readonly string[]): Path {
  return path.map((key, depth) => (Array.isArray(valueAt(value, path.slice(0, depth))) ? Number(key) : key));
}

function nameOf(value: Json): string | null {
  return isJsonObject(value) && typeof value['name'] === 'string' ? value['name'] : null;
}

/** What routes may name. An instance whose plugin is missing or broken is given every command, so that only its own fault is reported. */
function referencesOf(
  targets: ReadonlyMap<string, BuiltInstance>,
  config: LoadedConfig,
  routes: readonly Json[],
): RouteReferences {
  const mentioned = routes.flatMap((route) => (isJsonObject(route) ? commandsIn(route['to']) : []));
  const commandsOf = ({ manifest }: BuiltInstance): readonly string[] =>
    manifest === null ? ['handle', ...mentioned] : [...manifest.commands.keys()];
  const endpoints = valueAt(config.tree, ['webhooks', 'endpoints']);
  const webhooks = Array.isArray(endpoints) ? endpoints.map((endpoint: Json) => nameOf(endpoint)) : [];
  return {
    instances: new Map([...targets.values()].map((built) => [built.name, commandsOf(built)])),
    webhooks: webhooks.filter((name) => name !== null),
  };
}

function commandsIn(to: Json | undefined): readonly string[] {
  if (Array.isArray(to)) return to.flatMap((item: Json) => commandsIn(item));
  return isJsonObject(to) && typeof to['command'] === 'string' ? [to['command']] : [];
}
