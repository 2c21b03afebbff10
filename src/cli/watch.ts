import { OperatorError } from '../domain/errors.ts';
import { systemClock } from '../platform/clock.ts';
import type { Session } from './command.ts';
import { fail } from './output/failure.ts';
import { cut } from './output/table.ts';

/** The flag of commands that can be watched. */
export const WATCH_OPTION = ['-w, --watch', 'show it again every second, in place, until Ctrl-C'] as const;

/** How long a frame stands, in milliseconds. */
const INTERVAL_MS = 1_000;

/** Another screen, without a cursor and without lines that wrap; and what was there before. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
/** From the top; what the terminal gets between these two it shows at once. */
const BEGIN = '\x1b[?2026h\x1b[H';
const END = '\x1b[J\x1b[?2026l';

/**
 * Shows what `draw` makes again and again, in place, until SIGINT or SIGTERM; resolves to 0. What goes wrong the first
 * time is thrown, what goes wrong later is shown in its stead and tried again. Throws `usage` where there is no terminal.
 */
export async function watch(session: Session, draw: () => Promise<string>): Promise<number> {
  const { io, json, paint } = session;
  if (json || !io.stdout.isTerminal) {
    throw new OperatorError('usage', '--watch shows what changes on a terminal, and this is none', {
      hint: json ? 'leave out --json or --watch' : 'leave out --watch, and ask again when you want to know',
    });
  }
  let frame = await draw();
  let over = false;
  let next = (): void => {};
  const forget = io.onEndSignal(() => {
    over = true;
    next();
  });
  const ignore = io.onResize(() => next());
  io.stdout.write(ENTER);
  try {
    while (!over) {
      const head = paint('dim', `every ${INTERVAL_MS / 1_000} s, Ctrl-C ends`);
      io.stdout.write(frameText([head, '', ...frame.trimEnd().split('\n')], session));
      await new Promise<void>((resolve) => {
        const cancel = systemClock.after(INTERVAL_MS, resolve);
        next = () => {
          cancel();
          resolve();
        };
      });
      if (!over) frame = await drawn(session, draw);
    }
  } finally {
    io.stdout.write(LEAVE);
    ignore();
    forget();
  }
  return 0;
}

/** A frame as the terminal takes it: as many lines as it has, each cleared to its end. */
function frameText(lines: readonly string[], { io, paint }: Session): string {
  const { columns, rows = Number.POSITIVE_INFINITY } = io.stdout;
  const left = lines.length - rows;
  const shown =
    left <= 0 ? lines : [...lines.slice(0, Math.max(rows - 1, 0)), paint('dim', `… ${left + 1} more lines`)];
  return `${BEGIN}${shown.map((line) => `${cut(line, columns)}\x1b[K`).join('\r\n')}${END}`;
}

async function drawn({ io }: Session, draw: () => Promise<string>): Promise<string> {
  try {
    return await draw();
  } catch (error) {
    let text = '';
    fail(error, { sink: { ...io.stderr, columns: io.stdout.columns, write: (more) => (text += more) }, json: false });
    return text;
  }
}
