import { formatPath, type Path, valueAt } from './config/finding.ts';
import { isJsonObject } from './json.ts';

/** Who gets what stands at a place of the configuration. */
export interface SecretHolder {
  /** `gateway`: nobody but the gateway itself. */
  readonly kind: 'instance' | 'webhook' | 'gateway';
  /** Of the instance or the webhook; null for the gateway. */
  readonly name: string | null;
  /** Where it stands, such as `plugins.x.config.token`. */
  readonly key: string;
}

/**
 * Who gets what stands at `path` of a configuration: the instance it is given to (as configuration, environment or
 * payload; what a route passes goes to each of its targets), the webhook that checks deliveries with it, or the gateway.
 */
export function secretHolders(tree: unknown, path: Path): readonly SecretHolder[] {
  const [section, second, third] = path;
  const key = formatPath(path);
  const instances = (names: readonly string[]): readonly SecretHolder[] =>
    names.map((name) => ({ kind: 'instance', name, key }));
  if (section === 'plugins' && typeof second === 'string') return instances([second]);
  if (section === 'routes' && typeof second === 'number') {
    const targets = targetsOf(valueAt(tree, ['routes', second, 'to']));
    if (targets.length > 0) return instances(targets);
  }
  if (section === 'webhooks' && second === 'endpoints' && typeof third === 'number') {
    const name = valueAt(tree, ['webhooks', 'endpoints', third, 'name']);
    if (typeof name === 'string') return [{ kind: 'webhook', name, key }];
  }
  return [{ kind: 'gateway', name: null, key }];
}

function targetsOf(to: unknown): readonly string[] {
  if (typeof to === 'string') return [to];
  if (Array.isArray(to)) return [...new Set(to.flatMap(targetsOf))];
  return isJsonObject(to) && typeof to['instance'] === 'string' ? [to['instance']] : [];
}
