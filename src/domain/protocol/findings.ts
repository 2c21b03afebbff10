import { nearest } from '../did-you-mean.ts';
import { quote } from '../excerpt.ts';
import type { JsonObject } from '../json.ts';
import { type JsonPath, jsonPointer } from '../json-pointer.ts';

/** Codes of a response that is one JSON object, but not a well-formed response. */
export type RefusalCode = 'invalid_output' | 'invalid_event' | 'invalid_state';

/** What makes a response unacceptable, and where. */
export interface Refusal {
  readonly code: RefusalCode;
  /** Where in the response. */
  readonly path: JsonPath;
  readonly message: string;
}

const MAX_WARNINGS = 20;

/** Collects what decoding a response finds: the first refusal, and warnings up to a cap. */
export class Findings {
  #refusal: Refusal | null = null;
  readonly #warnings: string[] = [];
  #unsaid = 0;

  /** The first refusal; null: the response is well-formed. */
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** At most 20 sentences, and one that counts the rest. */
  get warnings(): readonly string[] {
    return this.#unsaid === 0 ? this.#warnings : [...this.#warnings, `and ${this.#unsaid} more warnings`];
  }

  /** Refuses the response, unless something before this already has. */
  refuse(refusal: Refusal): void {
    this.#refusal ??= refusal;
  }

  warn(path: JsonPath, message: string): void {
    if (this.#warnings.length >= MAX_WARNINGS) this.#unsaid += 1;
    else this.#warnings.push(path.length === 0 ? message : `${jsonPointer(path)}: ${message}`);
  }

  /** Warns of each key of the object at `path` that is not among `known`. */
  warnUnknown(object: JsonObject, known: readonly string[], path: JsonPath): void {
    for (const key of Object.keys(object)) {
      if (known.includes(key)) continue;
      // What will only be counted is not worth the search.
      const meant = this.#warnings.length >= MAX_WARNINGS ? null : nearest(key, known);
      this.warn(path, `unknown field ${quote(key)}${meant === null ? '' : `; did you mean "${meant}"?`}`);
    }
  }
}
