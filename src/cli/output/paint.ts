import { styleText } from 'node:util';
import type { Sink } from '../io.ts';

/** What a piece of text means; each has one look. */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'dim' | 'strong';

const LOOKS = {
  good: 'green',
  bad: 'red',
  warn: 'yellow',
  busy: 'cyan',
  dim: 'gray',
  strong: 'bold',
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

/** Colours text for a terminal and leaves it alone elsewhere. */
export type Paint = (tone: Tone, text: string) => string;

/** The paint that suits a sink. */
export function paintFor(sink: Sink): Paint {
  return (tone, text) => (sink.colours ? styleText(LOOKS[tone], text, { validateStream: false }) : text);
}

const TONES: Readonly<Record<string, Tone>> = {
  succeeded: 'good',
  running: 'busy',
  queued: 'strong',
  failed: 'bad',
  dead: 'bad',
  cancelled: 'dim',
  timed_out: 'bad',
  crashed: 'bad',
  protocol_error: 'bad',
  output_limit: 'bad',
  spawn_failed: 'bad',
  orphaned: 'warn',
  interrupted: 'warn',
};

/** How a job status or an attempt outcome looks. */
export function toneOf(statusOrOutcome: string): Tone {
  return TONES[statusOrOutcome] ?? 'strong';
}
