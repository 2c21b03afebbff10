import { attempt, Failure, type Step } from './condition-run.ts';
import { describe } from './condition-value.ts';
import { nearest } from './did-you-mean.ts';
import { isJsonObject, type Json } from './json.ts';
import type { Mask } from './masked-start.ts';

/** Keys that a suggestion looks at. */
const MAX_SUGGESTED = 50;

/** `base.key` and `base[key]`; `source` is how the base is written, for messages. */
export function accessor(base: Step, key: Step, source: string): Step {
  return (run) => {
    const container = base(run);
    const name = key(run);
    if (Array.isArray(container)) return element(container, name, source);
    if (!isJsonObject(container)) {
      throw new Failure((mask) => `${source} is ${describe(container, mask)}, which has no ${formatKey(name, mask)}`);
    }
    if (typeof name !== 'string') throw new Failure(() => `${source} is an object; its keys are strings`);
    const value = Object.hasOwn(container, name) ? container[name] : undefined;
    if (value === undefined) throw new Failure(() => missing(container, name, source));
    return value;
  };
}

/** `has(base.key)`: false, too, when something on the way to the base is missing. */
export function presence(base: Step, key: string): Step {
  return (run) => {
    const container = attempt(base, run);
    return !(container instanceof Failure) && isJsonObject(container) && Object.hasOwn(container, key);
  };
}

function element(list: readonly Json[], index: Json, source: string): Json {
  const value = typeof index === 'number' && Number.isInteger(index) ? list[index] : undefined;
  if (value !== undefined) return value;
  throw new Failure((mask) => `${source} is a list of ${list.length}, which has no ${formatKey(index, mask)}`);
}

function formatKey(key: Json, mask: Mask): string {
  return typeof key === 'number' ? `element ${key}` : `key ${typeof key === 'string' ? key : describe(key, mask)}`;
}

function missing(container: Readonly<Record<string, Json>>, key: string, source: string): string {
  const near = nearest(key, Object.keys(container).slice(0, MAX_SUGGESTED));
  return `${source} has no key ${key}${near === null ? '' : `; did you mean ${near}?`}`;
}
