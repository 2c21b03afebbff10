import { OperatorError } from '../../src/domain/errors.ts';
import type { Claimed } from '../../src/store/port/claims.ts';
import type { Store } from '../../src/store/port.ts';

/** What the storage is about to do to its callers. */
export interface Weather {
  /** Commits and claims that will still be refused. */
  refuse: number;
  /** When one was refused last, on the monotonic clock. */
  refusedAt: number;
}

/** What a mortal store needs to know. */
export interface Mortality {
  readonly isAlive: () => boolean;
  readonly monotonic: () => number;
  readonly weather: Weather;
  /** Hears of every job that was claimed. */
  readonly claimed: (claimed: Claimed) => void;
}

/** A store that refuses as the weather says, and that answers nobody any more once its gateway is dead. */
export function mortalStore(store: Store, { isAlive, monotonic, weather, claimed }: Mortality): Store {
  async function answer<T>(ask: () => Promise<T>, mayRefuse: boolean): Promise<T> {
    if (!isAlive()) return never();
    if (mayRefuse && weather.refuse > 0) {
      weather.refuse -= 1;
      weather.refusedAt = monotonic();
      throw new OperatorError('storage_unavailable', 'the simulated disk is full');
    }
    const value = await ask();
    return isAlive() ? value : never();
  }
  const reads = Object.entries(store.read).map(([name, read]) => {
    const ask = read as (...args: readonly unknown[]) => Promise<unknown>;
    return [name, (...args: readonly unknown[]) => answer(() => ask(...args), false)];
  });
  return {
    ...store,
    commit: (command) => answer(() => store.commit(command), true),
    async claim(request) {
      const found = await answer(() => store.claim(request), true);
      found.jobs.forEach(claimed);
      return found;
    },
    prune: (retention, now) => answer(() => store.prune(retention, now), true),
    read: Object.fromEntries(reads) as unknown as Store['read'],
  };
}

function never(): Promise<never> {
  return new Promise(() => {});
}
