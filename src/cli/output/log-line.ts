import { isJsonObject, type Json } from '../../domain/json.ts';
import type { Sink } from '../io.ts';
import { paintFor, type Tone, toneOf } from './paint.ts';
import { span } from './time.ts';

const LEVEL_TONES: Readonly<Record<string, Tone>> = { debug: 'dim', info: 'strong', warn: 'warn', error: 'bad' };

/** Writes log lines to a sink: for a terminal as readable text in local time, elsewhere the JSON as it is. */
export function logWriter(sink: Sink): (line: string) => void {
  return (line) => sink.write(sink.isTerminal ? readable(line, sink) : line);
}

function readable(line: string, sink: Sink): string {
  const entry: Json = JSON.parse(line);
  if (!isJsonObject(entry)) return line;
  const paint = paintFor(sink);
  const { time, level, component, msg, job_id, instance, command, attempt, outcome, status, duration_ms, ...rest } =
    entry;
  const clock = paint('dim', typeof time === 'string' ? new Date(time).toTimeString().slice(0, 8) : '--:--:--');
  const about = [instance, command].filter((part) => typeof part === 'string').join(' ');
  const tone = typeof outcome === 'string' ? toneOf(outcome) : (LEVEL_TONES[String(level)] ?? 'strong');
  const mark = { good: '✓', bad: '✗', warn: '!', busy: '·', dim: '·', strong: '·' }[tone];
  const number = typeof attempt === 'number' && attempt > 1 ? ` (attempt ${attempt})` : '';
  const took = typeof duration_ms === 'number' ? paint('dim', ` ${span(duration_ms)}`) : '';
  const fields = Object.entries(rest)
    .map(([key, value]) => paint('dim', ` ${key}=${textOf(value)}`))
    .join('');
  const subject = about === '' ? paint('dim', String(component)) : paint('strong', about);
  const again = status === 'queued' ? paint('warn', ' will run again') : '';
  return `${clock} ${paint(tone, mark)} ${subject} ${String(msg)}${number}${took}${again}${fields}\n`;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
