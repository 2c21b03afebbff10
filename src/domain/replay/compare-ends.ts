import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { AttemptEnd } from './attempt-end.ts';
import { added, diffJson, type JsonDifference, removed } from './json-difference.ts';

/** Differences that are told; the rest is counted. */
const MOST = 200;

/** What a replay did otherwise than the attempt it repeats. */
export interface EndComparison {
  /** True when the outcome and the code of the error are the same. */
  readonly reproduced: boolean;
  /** Where they differ, as JSON pointers into `{outcome, error, exit_code, signal, response, stdout, stderr}`; at most 200. */
  readonly differences: readonly JsonDifference[];
  /** All of them. */
  readonly count: number;
}

/**
 * Compares the recorded end of an attempt with that of its replay. Events of the responses are compared with those of
 * their type, the first with the first, so that one that was added does not make all the others differ.
 */
export function compareEnds(recorded: AttemptEnd, replayed: AttemptEnd): EndComparison {
  const { events: oldEvents, ...before } = facts(recorded);
  const { events: newEvents, ...after } = facts(replayed);
  const differences = [...diffJson(before, after), ...diffEvents(oldEvents, newEvents)];
  return {
    reproduced: recorded.outcome === replayed.outcome && recorded.error?.code === replayed.error?.code,
    differences: differences.slice(0, MOST),
    count: differences.length,
  };
}

function facts({ outcome, error, exitCode, signal, response, stderr, rawOutput }: AttemptEnd) {
  const listed = isJsonObject(response) ? response['events'] : null;
  const events = Array.isArray(listed) ? listed : [];
  const rest = isJsonObject(response) && Array.isArray(listed) ? without(response, 'events') : response;
  const facts = {
    outcome,
    error: errorJson(error),
    exit_code: exitCode,
    signal,
    response: rest,
    stdout: rawOutput,
    stderr,
  };
  return { ...facts, events };
}

function errorJson(error: AttemptEnd['error']): Json {
  return error === null ? null : { code: error.code, message: error.message };
}

function without(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

interface Listed {
  readonly event: Json;
  readonly index: number;
}

function diffEvents(before: readonly Json[], after: readonly Json[]): readonly JsonDifference[] {
  const [old, fresh] = [byOccurrence(before), byOccurrence(after)];
  const pathOf = (index: number) => ['response', 'events', index];
  const lost = [...old].flatMap(([key, { event, index }]) => {
    const partner = fresh.get(key);
    return partner === undefined
      ? [removed(pathOf(index), event)]
      : diffJson(event, partner.event, pathOf(partner.index));
  });
  const gained = [...fresh].filter(([key]) => !old.has(key));
  return [...lost, ...gained.map(([, { event, index }]) => added(pathOf(index), event))];
}

/** Events by their type and how many of that type stand before. */
function byOccurrence(events: readonly Json[]): ReadonlyMap<string, Listed> {
  const counts = new Map<string, number>();
  return new Map(
    events.map((event, index) => {
      const type = isJsonObject(event) ? String(event['type']) : '';
      const count = counts.get(type) ?? 0;
      counts.set(type, count + 1);
      return [`${type} ${count}`, { event, index }];
    }),
  );
}
