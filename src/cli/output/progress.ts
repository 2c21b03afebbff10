import { type Clock, systemClock } from '../../platform/clock.ts';
import type { Sink } from '../io.ts';

/** One line that says how far long work is, on a terminal only. */
export interface Progress {
  say(text: string): void;
  /** Takes the line away. */
  end(): void;
}

/** A progress line at the bottom of the terminal. */
export function createProgress(sink: Sink): Progress {
  let shown = false;
  const write = (text: string): void => {
    if (sink.isTerminal) sink.write(`\r\u001b[2K${text}`);
  };
  return {
    say(text) {
      shown = true;
      write(text);
    },
    end() {
      if (shown) write('');
    },
  };
}

/** How often the line of work that cannot tell how far it is says how long it takes, in milliseconds. */
const TICK_MS = 1_000;

/** Says on a terminal what is done and for how long already, until it is. */
export async function showing<T>(
  sink: Sink,
  {
    what,
    work,
    clock = systemClock,
  }: { readonly what: string; readonly work: () => Promise<T>; readonly clock?: Clock },
): Promise<T> {
  const progress = createProgress(sink);
  const startedAt = clock.monotonic();
  let cancel = (): void => {};
  const tick = (): void => {
    const seconds = Math.floor((clock.monotonic() - startedAt) / 1_000);
    progress.say(`${what} …${seconds === 0 ? '' : ` ${seconds} s`}`);
    cancel = clock.after(TICK_MS, tick);
  };
  tick();
  try {
    return await work();
  } finally {
    cancel();
    progress.end();
  }
}
