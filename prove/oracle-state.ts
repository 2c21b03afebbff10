import type { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';

interface AttemptRow {
  readonly instance: string;
  readonly outcome: string;
  readonly response: string;
}

type State = Readonly<Record<string, unknown>>;

/**
 * Compares the state of every instance with its patches: folding the patches of its attempts, in the order in which they
 * were finished, gives what is stored; and where an instance runs one attempt at a time, the count in it is the number
 * of its succeeded attempts, each having seen the one before.
 */
export function foldedStates(database: DatabaseSync): readonly string[] {
  const attempts = database
    .prepare('SELECT instance, outcome, response FROM attempts ORDER BY seq')
    .all() as unknown as AttemptRow[];
  const instances = database.prepare('SELECT name, cap FROM instances').all() as unknown as {
    readonly name: string;
    readonly cap: number;
  }[];
  return instances.flatMap(({ name, cap }) => {
    const own = attempts.filter(({ instance }) => instance === name);
    const stored = storedState(database, name);
    return [...unfolded(name, own, stored), ...(cap === 1 ? miscounted(name, own, stored) : [])];
  });
}

function unfolded(name: string, attempts: readonly AttemptRow[], stored: State): readonly string[] {
  const folded = attempts.reduce<State>((state, { response }) => merge(state, patchOf(response)), {});
  return isDeepStrictEqual(folded, stored)
    ? []
    : [`the state of ${name} is ${JSON.stringify(stored)}, its patches give ${JSON.stringify(folded)}`];
}

function miscounted(name: string, attempts: readonly AttemptRow[], stored: State): readonly string[] {
  const counts = attempts
    .filter(({ outcome }) => outcome === 'succeeded')
    .map(({ response }) => patchOf(response).count)
    .filter((count) => count !== undefined);
  const wrong = counts.findIndex((count, index) => count !== index + 1);
  const gap = wrong < 0 ? [] : [`succeeded attempt ${wrong + 1} of ${name} counted ${String(counts[wrong])}`];
  const total =
    (stored.count ?? 0) === counts.length
      ? []
      : [`${name} counted ${String(stored.count)} of ${counts.length} succeeded attempts`];
  return [...gap, ...total];
}

function storedState(database: DatabaseSync, instance: string): State {
  const row = database
    .prepare('SELECT value FROM state_versions WHERE instance = ? ORDER BY version DESC LIMIT 1')
    .get(instance);
  return row === undefined ? {} : (JSON.parse(String(row.value)) as State);
}

/** A shallow merge in which null removes a key. */
function merge(state: State, patch: State): State {
  return Object.fromEntries(Object.entries({ ...state, ...patch }).filter(([, value]) => value !== null));
}

/** The patch in a kept response; nothing when there was no response. */
function patchOf(response: string): State {
  const kept = JSON.parse(response) as { readonly state_updates?: State } | null;
  return kept?.state_updates ?? {};
}
