import { describeValue, type Path, valueAt } from '../domain/config/finding.ts';
import { SECTIONS } from '../domain/config/root.ts';
import { nearest } from '../domain/did-you-mean.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { BuiltInstance } from './build-instance.ts';
import { checkCommand } from './build-schedules.ts';
import { asJson, type LoadedConfig } from './load-config.ts';
import { readTarget } from './read-target.ts';

type Targets = ReadonlyMap<string, BuiltInstance>;

/** Checks what connects the gateway with the outside: `include` and `service.on_failure`. */
export function checkOutside(targets: Targets, config: LoadedConfig): void {
  const { include } = config.tree;
  if (include !== undefined && include !== null) config.decode(SECTIONS.include, ['include'], include);
  checkTarget(['service', 'on_failure', 'to'], targets, config);
}

/** Checks the target that is written at a path, if there is one. */
export function checkTarget(path: Path, targets: Targets, config: LoadedConfig): void {
  const written = valueAt(config.tree, path);
  const { instance, command } = readTarget(asJson(written), path, config);
  if (instance === null) return;
  const built = targets.get(instance);
  if (built !== undefined) {
    if (command !== null) checkCommand({ command, path, built }, config);
    return;
  }
  const near = nearest(instance, targets.keys());
  config.report({
    severity: 'error',
    code: 'unknown_reference',
    path,
    at: 'value',
    message: `no instance is called ${describeValue(instance)}`,
    hint: near === null ? null : `did you mean "${near}"?`,
  });
}

/** Reports entries of a list that bear a text under a key which an earlier one bears. */
export function checkUnique(
  entries: readonly Json[],
  { base, key }: { readonly base: Path; readonly key: string },
  config: LoadedConfig,
): void {
  const values = entries.map((entry) => (isJsonObject(entry) ? entry[key] : null));
  for (const [index, value] of values.entries()) {
    const first = values.indexOf(value);
    if (typeof value !== 'string' || first === index) continue;
    config.report({
      severity: 'error',
      code: 'duplicate_name',
      path: [...base, index, key],
      at: 'value',
      message: `the ${key} ${describeValue(value)} is taken by entry ${first + 1} of this list`,
      hint: `give each entry a ${key} of its own`,
    });
  }
}
