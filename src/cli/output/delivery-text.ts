import type { Json } from '../../domain/json.ts';
import { systemClock } from '../../platform/clock.ts';
import type { DeliveryDetailAnswer } from '../answers.ts';
import type { Sink } from '../io.ts';
import { jsonText } from './json-text.ts';
import { paintFor, toneOf } from './paint.ts';
import { relative } from './time.ts';

/** Characters before the value of a fact. */
const FACT_INDENT = 12;

/** Bytes shown of a body that is no text. */
const SHOWN_BYTES = 256;

/** Everything about one delivery, the way a person reads it: where it came from, what it became, headers, query, body, what to do next. */
export function deliveryText(delivery: DeliveryDetailAnswer, sink: Sink): string {
  const paint = paintFor(sink);
  const now = systemClock.now();
  const fact = (name: string, value: string): string => `  ${paint('dim', name.padEnd(FACT_INDENT - 3))} ${value}\n`;
  const { headers, query, repeats } = delivery;
  return [
    `${paint('strong', delivery.id)} ${paint('busy', delivery.webhook)}\n`,
    fact('came', `${relative(delivery.received_at, now)} from ${delivery.remote}`),
    delivery.sender_id === null ? '' : fact('id', delivery.sender_id),
    fact(
      'became',
      becameText(delivery, (status) => paint(toneOf(status), status)),
    ),
    repeats === 0 ? '' : fact('repeats', `${repeats}, the last one ${relative(delivery.last_repeat_at, now)}`),
    fact(
      'body',
      `${delivery.body_bytes} bytes, read as ${delivery.format}, sent as ${delivery.content_type ?? 'nothing'}`,
    ),
    ...section('Headers', headers),
    ...section('Query', query),
    `${paint('strong', 'Body')}\n`,
    bodyText(delivery, sink.columns),
    hintOf(delivery),
  ].join('');

  function section(title: string, values: Json): readonly string[] {
    const entries = Object.entries(values ?? {});
    if (entries.length === 0) return [];
    return [
      `${paint('strong', title)}\n`,
      ...entries.map(([name, value]) => `  ${paint('dim', `${name}:`)} ${value}\n`),
    ];
  }
}

function becameText(
  { job_id, job_status, event_id }: DeliveryDetailAnswer,
  coloured: (status: string) => string,
): string {
  const job = job_id === null ? [] : [`job ${job_id}, ${job_status === null ? 'which is gone' : coloured(job_status)}`];
  const event = event_id === null ? [] : [`event ${event_id}`];
  const became = [...job, ...event];
  return became.length === 0 ? 'nothing: it was only observed' : became.join('; ');
}

/** JSON laid out, other text as it is, anything else as the beginning of its bytes. */
function bodyText({ body, body_base64, format }: DeliveryDetailAnswer, columns: number): string {
  if (body === null) {
    const bytes = Buffer.from(body_base64 ?? '', 'base64');
    const shown =
      bytes
        .subarray(0, SHOWN_BYTES)
        .toString('hex')
        .match(/.{1,64}/g) ?? [];
    const rest =
      bytes.length > SHOWN_BYTES ? [`… ${bytes.length - SHOWN_BYTES} more bytes; --json has all of them`] : [];
    return [...shown, ...rest].map((line) => `    ${line}\n`).join('');
  }
  const text = jsonText(format === 'json' ? parsed(body) : body, { indent: 4, columns });
  return text.startsWith('\n') ? `${text.slice(1)}\n` : `    ${text}\n`;
}

/** Masking may have made it anything. */
function parsed(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}

function hintOf({ id, job_id, job_status, event_id }: DeliveryDetailAnswer): string {
  if (job_status === 'failed' || job_status === 'dead' || job_status === 'cancelled') {
    return `\nRun it again: ductile webhook redeliver ${id}\nSee why: ductile job show ${job_id}\n`;
  }
  if (job_id === null && event_id === null) return `\nRun it now: ductile webhook redeliver ${id}\n`;
  return event_id === null ? '' : `\nSee what the routes made of it: ductile event show ${event_id}\n`;
}
