/** The turns of the event loop that the gateway asks for with `setImmediate`, taken one by one. */
export interface Turns {
  /** Takes turns until none is asked for and every promise that can go on has gone on, or until `over`. Throws after 100,000. */
  rest(over?: () => boolean): Promise<void>;
  /** Gives `setImmediate` back. */
  release(): void;
}

const LIVELOCK = 100_000;

/** Takes `setImmediate` of this thread over, so that a simulation knows when nothing is left to happen. One at a time. */
export function takeTurns(): Turns {
  const real = globalThis.setImmediate;
  const asked: (() => void)[] = [];
  const own = (callback: (...args: readonly unknown[]) => void, ...args: readonly unknown[]): object => {
    asked.push(() => callback(...args));
    return {};
  };
  globalThis.setImmediate = own as unknown as typeof setImmediate;
  // Promises go on before the next real turn, so after one of those none is left that could.
  const realTurn = (): Promise<void> => new Promise((resolve) => real(resolve));
  return {
    async rest(over = () => false) {
      for (let taken = 0; taken < LIVELOCK; taken += 1) {
        await realTurn();
        if (over()) return;
        const next = asked.shift();
        if (next === undefined) return;
        next();
      }
      throw new Error(`no rest after ${LIVELOCK} turns of the event loop`);
    },
    release() {
      globalThis.setImmediate = real;
    },
  };
}
