import { seededDice } from './dice.ts';

/** What may happen next in a simulated world, and how often in relation to the rest. */
const WEIGHTS = {
  /** A producer submits a job. */
  submit: 15,
  /** An event comes from outside. */
  emit: 3,
  /** The process of a running attempt ends, in whatever way. */
  finish: 30,
  /** The end of an attempt is told that was over long ago. */
  late: 3,
  /** Time passes: up to some seconds. */
  wait: 30,
  /** Time passes: up to some hours. */
  leap: 1,
  /** Somebody sets the clock back or forth. */
  set_clock: 1,
  cancel: 4,
  retry: 4,
  /** The gateway will be killed when it next comes to a certain fault point. */
  arm: 1.5,
  /** The gateway is killed now. */
  crash: 0.7,
  /** The gateway is stopped as one should, and started again. */
  restart: 0.5,
  /** The storage refuses a few commits. */
  refuse: 2,
} as const;

/** The name of a kind of step. */
export type StepKind = keyof typeof WEIGHTS;

/** One step: its kind, and the number from which it makes its choices among what is there. Any list of steps can be played. */
export interface Step {
  readonly kind: StepKind;
  readonly roll: number;
}

/** The steps of a seed. */
export function drawSteps(seed: number, count: number): readonly Step[] {
  const dice = seededDice(seed);
  return Array.from({ length: count }, () => ({ kind: dice.weighted(WEIGHTS), roll: dice.whole(0, 2 ** 32 - 1) }));
}
