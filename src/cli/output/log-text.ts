import { isJsonObject, type Json } from '../../domain/json.ts';
import { span } from '../../domain/span.ts';
import { systemClock } from '../../platform/clock.ts';
import type { Sink } from '../io.ts';
import { paintFor, toneOf } from './paint.ts';
import { relative } from './time.ts';
import { visible, visibleText } from './visible.ts';

/** Makes text of the pieces of what a job says, in their order: stderr as it was printed, the rest a line each. */
export function createLogText(sink: Sink): (event: string, data: Json) => string {
  const paint = paintFor(sink);
  /** True after text that did not end its line. */
  let open = false;

  function line(text: string): string {
    const broken = open ? '\n' : '';
    open = false;
    return `${broken}${text}\n`;
  }

  return (event, raw) => {
    const data = isJsonObject(raw) ? raw : {};
    if (event === 'stderr') {
      const text = visibleText(textOf(data['text']));
      if (text !== '') open = !text.endsWith('\n');
      return text;
    }
    const told = visible(data);
    switch (event) {
      case 'attempt': {
        const started = relative(instantOf(told['started_at']), systemClock.now());
        return line(paint('dim', `#${numberOf(told['attempt'])} started ${started}`));
      }
      case 'log': {
        const fields = JSON.stringify(told['fields'] ?? {});
        const extra = fields === '{}' ? '' : paint('dim', ` ${fields}`);
        return line(`${paint('dim', `${textOf(told['level'])} │`)} ${textOf(told['message'])}${extra}`);
      }
      case 'attempt_ended':
        return line(endText(told));
      case 'end': {
        const status = textOf(told['status']);
        return line(`job ${paint(toneOf(status), status)}`);
      }
      default:
        // A newer gateway may tell more.
        return '';
    }
  };

  function endText(told: { readonly [key: string]: Json | undefined }): string {
    const outcome = textOf(told['outcome']);
    const error = isJsonObject(told['error']) ? told['error'] : null;
    const why = error === null ? '' : ` ${textOf(error['code'])}: ${textOf(error['message'])}`;
    const retryAt = instantOf(told['retry_at']);
    const again = retryAt === null ? '' : paint('warn', `, again ${relative(retryAt, systemClock.now())}`);
    const dropped = numberOf(told['logs_dropped']);
    const lost = dropped === 0 ? '' : paint('warn', `, ${dropped} more log entries were dropped`);
    const took = paint('dim', `after ${span(numberOf(told['duration_ms']))}`);
    return `#${numberOf(told['attempt'])} ${paint(toneOf(outcome), outcome)} ${took}${why}${again}${lost}`;
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function instantOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}
