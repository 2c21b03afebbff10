import type { Location } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { Snapshot, WrittenValue } from '../snapshot.ts';
import { formatPath, type Path } from './finding.ts';
import { policyValues } from './policy-values.ts';
import { plainConfigSchema } from './schema.ts';

/** Where a value in force comes from. */
export interface ValueOrigin {
  /** `file`: as it stands there; `environment`, `secret_file`: by a `${…}` there; `defaults`: inherited; `default`: built in. */
  readonly kind: 'file' | 'environment' | 'secret_file' | 'defaults' | 'manifest' | 'default';
  readonly location: Location | null;
  /** The text with its `${…}`, when it held one. */
  readonly reference: string | null;
}

/** One value in force, secrets masked, with the key it would be set by. */
export interface EffectiveValue {
  readonly path: string;
  readonly value: Json;
  readonly origin: ValueOrigin;
}

const BUILT_IN: ValueOrigin = { kind: 'default', location: null, reference: null };

/** Sections that say nothing by themselves: instances inherit the one, and the other has been merged. */
const PASSED_ON: ReadonlySet<string> = new Set(['defaults', 'include']);

/** What is not in force as it is written. */
const MACHINE: ReadonlySet<string> = new Set(['service.state_dir', 'service.concurrency']);

/** Every value in force, those that nobody set included, in the order of the schema; an instance's policies are those it runs with. */
export function effectiveValues(snapshot: Snapshot): readonly EffectiveValue[] {
  const known = indexOf(snapshot.shown().written);
  const values: EffectiveValue[] = [];

  function emit(path: Path, value: Json, origin: ValueOrigin): void {
    values.push({ path: formatPath(path), value, origin });
  }

  /** What is set below a path, and what the schema says where nothing is. `present`: the map is there though it be empty. */
  function walk(schema: JsonObject, path: Path, present: boolean): void {
    if (MACHINE.has(formatPath(path))) return;
    const written = known.at(path);
    if (written !== undefined) {
      if (written.value !== null) emit(path, written.value, originOf(written));
      return;
    }
    const names = known.below(path);
    const fallback = schema['default'];
    if (names.length === 0 && !present && !isJsonObject(fallback)) {
      if (fallback !== undefined) emit(path, fallback, BUILT_IN);
      return;
    }
    const branch = branchOf(schema, typeof names[0] === 'number' ? 'array' : 'object');
    const properties = isJsonObject(branch['properties']) ? branch['properties'] : {};
    const rest = branch['items'] ?? branch['additionalProperties'];
    for (const name of new Set([...Object.keys(properties), ...names])) {
      const inner = properties[name] ?? rest;
      walk(isJsonObject(inner) ? inner : {}, [...path, name], false);
    }
  }

  function walkInstance(schema: JsonObject, instance: Instance): void {
    const base = ['plugins', instance.name];
    const policies = policyValues(instance);
    const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
    for (const [key, inner] of Object.entries(properties)) {
      const own = policies.filter(({ path }) => path[0] === key);
      for (const { path, value } of own) emit([...base, ...path], value, inherited(instance, path));
      if (own.length === 0 && isJsonObject(inner)) walk(inner, [...base, key], false);
    }
  }

  /** Set for the instance itself, for all of them, by the manifest, or by nobody. */
  function inherited({ name, manifest, program }: Instance, path: Path): ValueOrigin {
    const own = known.nearest(['plugins', name, ...path]);
    if (own !== null) return originOf(own);
    const shared = known.nearest(['defaults', ...path]);
    if (shared !== null) return { ...originOf(shared), kind: 'defaults' };
    const declared = path[0] === 'concurrency' && manifest.concurrency > 1 && program.kind === 'plugin';
    if (!declared) return BUILT_IN;
    const location = { file: `${program.dir}/manifest.yaml`, line: 1, column: 1 };
    return { kind: 'manifest', location, reference: null };
  }

  const { properties } = plainConfigSchema();
  for (const [key, schema] of Object.entries(isJsonObject(properties) ? properties : {})) {
    if (!isJsonObject(schema) || PASSED_ON.has(key)) continue;
    if (key === 'plugins') {
      const each = branchOf(schema['additionalProperties'], 'object');
      for (const instance of snapshot.instances.values()) walkInstance(each, instance);
    } else walk(schema, [key], key === 'service');
  }
  const { stateDir, concurrency } = snapshot.service;
  return [...machineValues(known, { state_dir: stateDir, concurrency }), ...values];
}

/** What the machine decides where nothing is set, and what it makes of a relative path. */
function machineValues(known: ReturnType<typeof indexOf>, values: JsonObject): readonly EffectiveValue[] {
  return Object.entries(values).map(([name, value]) => {
    const written = known.at(['service', name]);
    return { path: `service.${name}`, value, origin: written === undefined ? BUILT_IN : originOf(written) };
  });
}

/** The written values by their paths. */
function indexOf(written: readonly WrittenValue[]) {
  const values = new Map(written.map((one) => [JSON.stringify(one.path), one]));
  const children = new Map<string, Set<string | number>>();
  for (const { path } of written) {
    for (const [depth, part] of path.entries()) {
      const parent = JSON.stringify(path.slice(0, depth));
      children.set(parent, (children.get(parent) ?? new Set()).add(part));
    }
  }
  return {
    at: (path: Path) => values.get(JSON.stringify(path)),
    below: (path: Path) => [...(children.get(JSON.stringify(path)) ?? [])],
    /** What is set at a path, or by a word that stands for the map it would be in, such as `containment: bwrap`. */
    nearest(path: Path): WrittenValue | null {
      const word = path.at(-1) === 'tier' ? values.get(JSON.stringify(path.slice(0, -1))) : undefined;
      return values.get(JSON.stringify(path)) ?? word ?? null;
    },
  };
}

function originOf({ reference, location }: WrittenValue): ValueOrigin {
  const text = (reference ?? '').replaceAll('$${', '');
  const kind = text.includes('${file:') ? 'secret_file' : /\$\{[^{]/.test(text) ? 'environment' : 'file';
  return { kind, location, reference: kind === 'file' ? null : reference };
}

/** The part of a schema that is about maps or about lists. */
function branchOf(schema: Json | undefined, type: 'object' | 'array'): JsonObject {
  if (!isJsonObject(schema)) return {};
  const branches = Array.isArray(schema['anyOf']) ? schema['anyOf'] : [];
  return branches.find((branch): branch is JsonObject => isJsonObject(branch) && branch['type'] === type) ?? schema;
}
