/** Resolves in a coming turn of the event loop, after what waits there has run. */
export function nextTurn(): Promise<void> {
  return new Promise((resume) => setImmediate(resume));
}
