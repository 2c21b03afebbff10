const waiting: (() => void)[] = [];

/**
 * Resolves in a coming turn of the event loop, after what waits there has run. Those who wait get a turn each, in their
 * order, so that several large pieces of work are never done in one.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resume) => {
    waiting.push(resume);
    if (waiting.length === 1) setImmediate(resumeFirst);
  });
}

function resumeFirst(): void {
  const [first] = waiting.splice(0, 1);
  // Before anybody can ask anew, who would schedule it, too.
  if (waiting.length > 0) setImmediate(resumeFirst);
  first?.();
}
