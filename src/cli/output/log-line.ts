import type { Json, JsonObject } from '../../domain/json.ts';
import { logEntryOf } from '../../domain/log-filter.ts';
import { span } from '../../domain/span.ts';
import type { Sink } from '../io.ts';
import { paintFor, type Tone, toneOf } from './paint.ts';
import { widthOf } from './table.ts';
import { visible } from './visible.ts';

const LEVEL_TONES: Readonly<Record<string, Tone>> = { debug: 'dim', info: 'strong', warn: 'warn', error: 'bad' };
const MARKS = { good: '✓', bad: '✗', warn: '!', busy: '·', dim: '·', strong: '·' } as const satisfies Record<
  Tone,
  string
>;
/** Moves to the line above and clears it. */
const ONE_UP = '\u001b[1A\u001b[2K';

/**
 * Writes log lines to a sink: for a terminal as readable text in local time, elsewhere the JSON as it is. On a terminal
 * that can, a line which only repeats the one before takes its place and counts.
 */
export function logWriter(sink: Sink): (line: string) => void {
  let before = { about: '', times: 0, fits: false };
  return (line) => {
    const entry = sink.isTerminal ? entryOf(line) : null;
    if (entry === null) {
      sink.write(line);
      return;
    }
    const about = sink.colours && entry['outcome'] === 'succeeded' ? aboutOf(entry) : '';
    const times = about !== '' && about === before.about && before.fits ? before.times + 1 : 1;
    const text = readable(entry, sink) + (times === 1 ? '' : paintFor(sink)('dim', ` ×${times}`));
    sink.write(`${times === 1 ? '' : ONE_UP}${text}\n`);
    before = { about, times, fits: widthOf(text) <= sink.columns };
  };
}

/** One line of a log as people read it, without its line break; `now` decides whether it needs a date. Null: it is no log line. */
export function logText(line: string, sink: Sink, now: number): string | null {
  const entry = entryOf(line);
  if (entry === null) return null;
  const { time } = entry;
  const day = typeof time === 'string' ? dayOf(new Date(time)) : '';
  return `${day === '' || day === dayOf(new Date(now)) ? '' : paintFor(sink)('dim', `${day} `)}${readable(entry, sink)}`;
}

/** The day in local time: `Nov 22`. */
function dayOf(date: Date): string {
  return date.toDateString().slice(4, 10);
}

function entryOf(line: string): JsonObject | null {
  const entry = logEntryOf(line);
  return entry === null ? null : visible(entry);
}

/** What is the same in two lines that differ only in when it was, how long it took and which job it was. */
function aboutOf({ time: _time, job_id: _job, duration_ms: _took, ...rest }: JsonObject): string {
  return JSON.stringify(rest);
}

function readable(entry: JsonObject, sink: Sink): string {
  const paint = paintFor(sink);
  const { time, level, component, msg, job_id, instance, command, attempt, outcome, status, duration_ms, ...rest } =
    entry;
  const clock = paint('dim', typeof time === 'string' ? new Date(time).toTimeString().slice(0, 8) : '--:--:--');
  const about = [instance, command].filter((part) => typeof part === 'string').join(' ');
  const tone = typeof outcome === 'string' ? toneOf(outcome) : (LEVEL_TONES[String(level)] ?? 'strong');
  const subject = about === '' ? paint('dim', String(component)) : paint('strong', about);
  const again = status === 'queued' ? paint('warn', ' will run again') : '';
  const number = typeof attempt === 'number' && attempt > 1 ? `attempt ${attempt}` : null;
  const took = typeof duration_ms === 'number' ? span(duration_ms) : null;
  const facts = [number, took].filter((fact) => fact !== null);
  const howItWent = facts.length === 0 ? '' : paint('dim', ` (${facts.join(', ')})`);
  const job = typeof job_id === 'string' && outcome !== 'succeeded' ? paint('dim', ` job=${job_id}`) : '';
  const fields = Object.entries(rest).map(([key, value]) => paint('dim', ` ${key}=${textOf(value)}`));
  return `${clock} ${paint(tone, MARKS[tone])} ${subject} ${messageOf(msg, sink)}${howItWent}${again}${job}${fields.join('')}`;
}

/** Further lines of a message stand below its first. */
function messageOf(msg: Json | undefined, sink: Sink): string {
  const [first = '', ...more] = textOf(msg ?? '')
    .trimEnd()
    .split('\n');
  return [first, ...more.map((line) => `\n         ${paintFor(sink)('dim', '│')} ${line}`)].join('');
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
