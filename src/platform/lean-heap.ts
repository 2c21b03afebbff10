import { setFlagsFromString } from 'node:v8';

/** How often it is looked how much was done, in milliseconds, and what is much. */
const LOOK_MS = 1_000;
const MUCH = 200;

/** Keeps the heap of a process as small as its work allows. */
export interface HeapCare {
  /**
   * Lets the heap stay small rather than grow for speed. Otherwise V8 collects nothing while nothing is allocated, and a
   * gateway that falls idle after a large response would hold on to hundreds of megabytes for days.
   */
  keepLean(): void;
  /**
   * Counts a piece of work, such as a delivery. While hundreds are done each second the heap may grow after all: new
   * objects would have so little room that many outlive a collection, and copying those costs a tenth of the processor.
   */
  worked(): void;
}

/** `setFlags` sets options of V8; `after` calls back once, and keeps no process alive. */
export function createHeapCare(
  setFlags: (flags: string) => void,
  after: (ms: number, callback: () => void) => void,
): HeapCare {
  let wanted = false;
  let watching = false;
  let done = 0;

  function watch(): void {
    watching = true;
    after(LOOK_MS, () => {
      if (done < MUCH) setFlags('--optimize-for-size');
      watching = false;
      // Whoever does nothing is not woken up to see that.
      if (done > 0) watch();
      done = 0;
    });
  }

  return {
    keepLean() {
      wanted = true;
      setFlags('--optimize-for-size');
    },
    worked() {
      done += 1;
      if (!wanted) return;
      if (done === MUCH) setFlags('--no-optimize-for-size');
      if (!watching) watch();
    },
  };
}

/** Of this process: there is one heap. */
export const heapCare = createHeapCare(setFlagsFromString, (ms, callback) => void setTimeout(callback, ms).unref());
