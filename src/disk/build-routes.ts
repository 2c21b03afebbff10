import { describeValue, formatPath, type Path, valueAt } from '../domain/config/finding.ts';
import { routeSchema, routesSchema } from '../domain/config/routes.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { CompiledRoute } from '../domain/route.ts';
import { compileRoute, type RouteReferences } from '../domain/route-compile.ts';
import type { BuiltInstance } from './build-instance.ts';
import { checkUnique } from './check-outside.ts';
import type { LoadedConfig } from './load-config.ts';

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
  const names = written.map((value: Json, index) => nameOf(value) ?? `#${index}`);
  checkUnique(names, { base: ['routes'], key: 'name' }, config);
  return routes.filter((route) => route !== null);
}

function buildRoute(
  value: Json,
  path: Path,
  { known, config }: { readonly known: RouteReferences; readonly config: LoadedConfig },
): CompiledRoute | null {
  const decoded = config.decode(routeSchema, path, value);
  if (decoded === null) return null;
  const result = compileRoute(decoded.value, known);
  if (result.ok) return result.route;
  for (const { key, code, message, hint, offset } of result.problems) {
    const text = valueAt(value, key);
    const within = offset === undefined || typeof text !== 'string' ? undefined : { text, offset };
    const place = [...path, ...key];
    const shown = within === undefined ? '' : `, in ${describeValue(text)}`;
    const full = `${formatPath(place)}: ${message}${shown}`;
    config.report({ severity: 'error', code, path: place, at: 'value', message: full, hint }, within);
  }
  return null;
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
