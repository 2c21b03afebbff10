import type { Json } from './json.ts';
import type { Mask } from './masked-start.ts';

/** Steps that one evaluation may take; a step is about a microsecond at worst. */
export const MAX_STEPS = 100_000;
/** Characters of the longest text, and bytes of the largest result as JSON, that an evaluation may make. */
export const MAX_RESULT = 1_048_576;
/** What a caught failure costs, so that loops over failing parts stay as short as others. */
const FAILURE_STEPS = 20;

/** What is left to spend; one meter may serve several evaluations that belong together. */
export interface Meter {
  steps: number;
  /** Bytes of results. */
  bytes: number;
}

/** What an evaluation is done with. */
export interface Means {
  readonly meter: Meter;
  /** Masks what a message quotes of the values, before it is shortened; default: nothing is secret. */
  readonly mask?: Mask;
}

/** One evaluation under way. */
export interface Run {
  readonly values: Readonly<Record<string, Json>>;
  /** Values of the loop variables, outermost first. */
  readonly locals: Json[];
  readonly meter: Meter;
}

/** A compiled part of an expression; throws a `Failure`. */
export type Step = (run: Run) => Json;

/** Why a part of an expression has no value. The sentence is made only when it is wanted. */
export class Failure extends Error {
  readonly sentence: (mask: Mask) => string;
  /** True when the meter ran out: no `||` and no `exists` may pass over it. */
  readonly fatal: boolean;

  constructor(sentence: (mask: Mask) => string, fatal = false) {
    super('evaluation failed');
    this.sentence = sentence;
    this.fatal = fatal;
  }
}

/** A full meter. */
export function newMeter(): Meter {
  return { steps: MAX_STEPS, bytes: MAX_RESULT };
}

/** Spends `steps` of the meter; fractions count. */
export function charge(run: Run, steps: number): void {
  run.meter.steps -= steps;
  if (run.meter.steps < 0) {
    throw new Failure(() => `the expression is too costly: it needs more than ${MAX_STEPS} steps on this input`, true);
  }
}

/** Spends what reading or making `text` costs. */
export function chargeText(run: Run, text: string): void {
  charge(run, text.length / 64);
}

/** Refuses a text that would grow beyond the limit. */
export function checkLength(length: number): void {
  if (length <= MAX_RESULT) return;
  throw new Failure(() => `the expression makes a text of more than ${MAX_RESULT} characters`, true);
}

/** The value of a step, or its failure when that may be passed over. */
export function attempt(step: Step, run: Run): Json | Failure {
  try {
    return step(run);
  } catch (error) {
    if (!(error instanceof Failure) || error.fatal) throw error;
    charge(run, FAILURE_STEPS);
    return error;
  }
}
