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
