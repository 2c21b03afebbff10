import type { Redactor } from './redact.ts';

/** A secret that a plugin put where it does not belong; it was masked there. */
export interface Leak {
  /** What it is called; null: it belongs to a configuration that is not in force any more. */
  readonly name: string | null;
  /** Where it was seen, such as `stderr` or `result`. */
  readonly place: string;
}

/** Gathers the leaks of one attempt. */
export interface LeakNotes {
  /** The same redactor, noting what it masks as seen in `place`. */
  at(place: string, redactor: Redactor): Redactor;
  /** What was noted by now, each once. */
  list(): readonly Leak[];
}

/** Secrets of one attempt whose places are told; there is no end to what may stand in a configuration. */
const MOST_NAMED = 20;

/** Notes to which those made before are added. */
export function createLeakNotes(before: readonly Leak[] = []): LeakNotes {
  const noted = new Map<string, Leak>();
  const add = (leak: Leak): void => void noted.set(JSON.stringify([leak.name, leak.place]), leak);
  before.forEach(add);
  return {
    at: (place, redactor) =>
      redactor.noting((names) => {
        for (const name of names.length === 0 ? [null] : names) add({ name, place });
      }),
    list: () => [...noted.values()],
  };
}

/** One sentence for each secret that leaked: what it is called and where it was seen, for the warnings of an attempt. */
export function leakWarnings(leaks: readonly Leak[]): readonly string[] {
  const places = new Map<string | null, string[]>();
  for (const { name, place } of leaks) places.set(name, [...(places.get(name) ?? []), place]);
  const sentences = [...places].map(([name, seen]) => {
    const what = name === null ? 'a secret of an earlier configuration' : `the secret ${name}`;
    return `${what} was printed and masked (in ${seen.toSorted().join(', ')}): the plugin should keep it to itself`;
  });
  const rest = sentences.length - MOST_NAMED;
  return rest > 0 ? [...sentences.slice(0, MOST_NAMED), `and ${rest} more secrets`] : sentences;
}
