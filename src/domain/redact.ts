import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { assignments } from './redact-assignments.ts';
import { encodingsOf } from './redact-encodings.ts';
import { createKeyTest } from './redact-keys.ts';
import { createNeedles } from './redact-needles.ts';
import { compilePattern, DEFAULT_PATTERNS, unfinishedBlock } from './redact-patterns.ts';
import { type Finder, MASK, mask, maskSteps, SLICE, spansIn } from './redact-text.ts';
import { finishSteps, type Steps } from './steps.ts';

/** Characters that are masked between two steps; every text and every entry counts for some more. */
const STEP = 65_536;
const ENTRY = 64;
/** Characters of an unfinished line that a stream holds back, and how many it lets gather before it lets some go. */
const HELD_LINE = 4_096;
const MAX_LINE = 2 * HELD_LINE;

/** Masks what must not be shown: `***` stands for every secret, however it is encoded, and for what looks like one. */
export interface Redactor {
  /** The values it was made with. */
  readonly secrets: readonly string[];
  text(text: string): string;
  /** The same in every string and key of a JSON value, and whole values under keys such as `password`. */
  json(value: Json): Json;
  /** The same as `json`, but for the values under such keys: for what has been masked by its keys before. */
  strings(value: Json): Json;
  /** `json` in steps, for values that are large. */
  jsonSteps(value: Json): Steps<Json>;
  /** The same for a text that arrives in chunks. */
  stream(): RedactedStream;
  /** The same redactor, telling `note` the names of each value that it masks, none for one without a name. */
  noting(note: (names: readonly string[]) => void): Redactor;
}

/** A text on its way through a redactor. */
export interface RedactedStream {
  /** Takes the next chunk and gives what may be shown by now; an unfinished line is held back, up to 8 KiB of it. */
  push(chunk: string): string;
  /** Gives the rest. */
  end(): string;
}

/** What a redactor knows. */
export interface RedactorInput {
  /** Values to mask; those of less than four characters are not masked. */
  readonly secrets: readonly string[];
  /** What values are called. */
  readonly names?: ReadonlyMap<string, readonly string[]>;
  /** Further names of keys whose values are masked. */
  readonly keys: readonly string[];
  /** RE2 patterns of further text to mask, of which the first group or else the whole match is masked. */
  readonly patterns: readonly string[];
}

/** Prepares a redactor; throws when a pattern is invalid (`patternProblem` tells beforehand). */
export function createRedactor({ secrets, names, keys, patterns }: RedactorInput): Redactor {
  const isSecretKey = createKeyTest(keys);
  const finder: Finder = {
    needles: createNeedles(secrets.flatMap(encodingsOf)),
    patterns: [...DEFAULT_PATTERNS, assignments(isSecretKey), ...patterns.map(compilePattern)],
  };
  let namesOfNeedles: ReadonlyMap<string, readonly string[]> | null = null;

  /** Made when the first needle is found: most redactors never need it. */
  function namesOf(needle: string): readonly string[] {
    namesOfNeedles ??= new Map(
      secrets.flatMap((secret) => encodingsOf(secret).map((form) => [form, names?.get(secret) ?? []] as const)),
    );
    return namesOfNeedles.get(needle) ?? [];
  }

  function redactor(by: Finder): Redactor {
    const text = (source: string): string =>
      source.length > SLICE ? finishSteps(maskSteps(by, source)) : mask(source, spansIn(by, source));
    const jsonSteps = (value: Json): Steps<Json> => maskValue(value, { finder: by, text, isSecretKey, done: 0 });
    const stringSteps = (value: Json): Steps<Json> =>
      maskValue(value, { finder: by, text, isSecretKey: () => false, done: 0 });
    return {
      secrets,
      text,
      json: (value) => finishSteps(jsonSteps(value)),
      strings: (value) => finishSteps(stringSteps(value)),
      jsonSteps,
      stream: () => createStream(by),
      noting: (note) => redactor({ ...finder, note: (needle) => note(namesOf(needle)) }),
    };
  }

  return redactor(finder);
}

/** A value on its way through a redactor. */
interface Walk {
  readonly finder: Finder;
  readonly text: (text: string) => string;
  readonly isSecretKey: (key: string) => boolean;
  /** Work since the last pause. */
  done: number;
}

/** Counts work; true when it is time for a pause. */
function spent(walk: Walk, characters: number): boolean {
  walk.done += characters + ENTRY;
  if (walk.done < STEP) return false;
  walk.done = 0;
  return true;
}

function* maskValue(value: Json, walk: Walk): Steps<Json> {
  if (typeof value === 'string') {
    if (spent(walk, value.length)) yield;
    return value.length > SLICE ? yield* maskSteps(walk.finder, value) : walk.text(value);
  }
  if (Array.isArray(value)) {
    if (spent(walk, 0)) yield;
    const shown: Json[] = [];
    for (const item of value) shown.push(typeof item === 'number' ? item : yield* maskValue(item, walk));
    return shown;
  }
  if (!isJsonObject(value)) return value;
  const shown: Record<string, Json> = {};
  const nameOf = createNames(shown);
  for (const key of Object.keys(value)) {
    if (spent(walk, key.length)) yield;
    const item = value[key] ?? null;
    const masked = walk.isSecretKey(key) && !isBlank(item) ? MASK : yield* maskValue(item, walk);
    define(shown, nameOf(walk.text(key)), masked);
  }
  return shown;
}

/** Whether a value is there at all is no secret. */
function isBlank(value: Json): boolean {
  return value === null || value === '' || typeof value === 'boolean';
}

/** Also where the key is one that assigning to means something else. */
function define(object: Record<string, Json>, key: string, value: Json): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Names for the keys of an object: two that became one by masking are told apart by a number. */
function createNames(taken: JsonObject): (key: string) => string {
  /** The last number that was given for each. */
  let counts: Map<string, number> | null = null;
  return (key) => {
    if (!Object.hasOwn(taken, key)) return key;
    counts ??= new Map();
    let count = counts.get(key) ?? 1;
    let name: string;
    do {
      count += 1;
      name = `${key} (${count})`;
    } while (Object.hasOwn(taken, name));
    counts.set(key, count);
    return name;
  };
}

function createStream(finder: Finder): RedactedStream {
  let held = '';
  /** How much of the held text the last mask that was given out stands for. */
  let covered = 0;

  /** Gives out the held text up to `cut`. */
  const release = (cut: number): string => {
    // Nothing leaves, and what the last mask stands for still does.
    if (cut === 0) return '';
    const spans = spansIn(finder, held, covered > 0 ? [{ start: 0, end: covered }] : []);
    const due = spans.filter(({ start }) => start < cut);
    const shown = mask(held.slice(0, cut), due).slice(covered > 0 ? MASK.length : 0);
    covered = Math.max((due.at(-1)?.end ?? 0) - cut, 0);
    held = held.slice(cut);
    return shown;
  };

  return {
    push(chunk) {
      held += chunk;
      if (!chunk.includes('\n') && held.length <= MAX_LINE) return '';
      const line = held.lastIndexOf('\n') + 1;
      const cut = held.length - line <= MAX_LINE ? line : held.length - HELD_LINE;
      return release(Math.min(cut, finder.needles.pending(held), unfinishedBlock(held)));
    },
    end: () => release(held.length),
  };
}
