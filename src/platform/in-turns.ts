import { nextTurn } from './next-turn.ts';

/** Takes the steps of a long piece of work to their end, each in a turn of the event loop of its own; rejects with what a step throws. */
export async function inTurns<T>(steps: Iterator<undefined, T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}
