/** A long piece of work as a series of short steps, at whose end stands its result; whoever takes them may do other work between two of them. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Takes all steps at once. */
export function finishSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
