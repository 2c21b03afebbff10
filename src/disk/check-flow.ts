import { formatPath, valueAt } from '../domain/config/finding.ts';
import { isJsonObject } from '../domain/json.ts';
import type { CompiledRoute } from '../domain/route.ts';
import { circlesOf, type EmittedTypes, type Emitters, unreachable } from '../domain/route-graph.ts';
import type { BuiltInstance } from './build-instance.ts';
import type { LoadedConfig } from './load-config.ts';

/** Warns of routes that no event can take, and of circles without a brake; a faulty route is null. */
export function checkFlow(
  routes: readonly (CompiledRoute | null)[],
  targets: ReadonlyMap<string, BuiltInstance>,
  config: LoadedConfig,
): void {
  const emitters = emittersOf(targets, config);
  for (const [index, route] of routes.entries()) {
    const found = route === null ? null : unreachable(route, emitters);
    if (found === null) continue;
    const path = ['routes', index, found.key];
    const message = `${formatPath(path)}: ${found.message}`;
    config.report({ severity: 'warning', code: 'route_unreachable', path, at: 'value', message, hint: found.hint });
  }
  // A disabled instance gets no jobs, so nothing goes through it.
  const instances = new Map([...emitters.instances].filter(([name]) => !isDisabled(name, config)));
  for (const { instances: names, routes: taken } of circlesOf(routes, { ...emitters, instances })) {
    const circle = [...names, names[0]].join(' → ');
    const by = taken.flatMap((index) => routes[index]?.name ?? []).join(', ');
    config.report({
      severity: 'warning',
      code: 'route_circle',
      path: ['routes', taken[0] ?? 0, 'name'],
      at: 'value',
      message: `events may go round for ever: ${circle}, by ${by}`,
      hint: 'give one of them a `when`, a `dedupe_key` or a `delay`; as it is, each chain ends only at service.max_depth',
    });
  }
}

function emittersOf(targets: ReadonlyMap<string, BuiltInstance>, config: LoadedConfig): Emitters {
  const endpoints = valueAt(config.tree, ['webhooks', 'endpoints']);
  return {
    instances: new Map([...targets.values()].map((built) => [built.name, typesOf(built)])),
    webhooks: new Map(Array.isArray(endpoints) ? endpoints.flatMap((endpoint) => webhookOf(endpoint)) : []),
  };
}

function isDisabled(name: string, config: LoadedConfig): boolean {
  return valueAt(config.tree, ['plugins', name, 'enabled']) === false;
}

/** A plugin that declares no events may emit any; the built-in one emits what it was told to. */
function typesOf({ manifest, instance }: BuiltInstance): EmittedTypes {
  if (manifest === null) return null;
  return instance?.program.kind === 'exec' || manifest.events.size > 0 ? new Set(manifest.events.keys()) : null;
}

function webhookOf(endpoint: unknown): readonly [string, EmittedTypes][] {
  if (!isJsonObject(endpoint) || typeof endpoint['name'] !== 'string') return [];
  const { name, emit } = endpoint;
  if (typeof emit !== 'string') return [[name, new Set<string>()]];
  return [[name, emit.includes('${{') ? null : new Set([emit])]];
}
