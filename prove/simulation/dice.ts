import { seededRandom } from '../random.ts';

/** Choices that are the same for the same seed. */
export interface Dice {
  /** True with this probability. */
  chance(probability: number): boolean;
  /** A whole number between the two, both included. */
  whole(from: number, to: number): number;
  /** One of the list; undefined of an empty one. */
  pick<T>(list: readonly T[]): T | undefined;
  /** One key, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K;
}

/** Dice from a source of numbers in [0, 1). */
export function diceOf(random: () => number): Dice {
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  return {
    chance: (probability) => random() < probability,
    whole,
    pick: (list) => (list.length === 0 ? undefined : list[whole(0, list.length - 1)]),
    weighted(weights) {
      const entries = Object.entries<number>(weights) as [keyof typeof weights, number][];
      let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [key, weight] of entries) {
        left -= weight;
        if (left < 0) return key;
      }
      throw new Error('nothing to choose from');
    },
  };
}

/** Dice from a whole number. */
export function seededDice(seed: number): Dice {
  return diceOf(seededRandom(seed));
}
