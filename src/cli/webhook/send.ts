import { isJsonObject, type Json } from '../../domain/json.ts';
import { span } from '../../domain/span.ts';
import { systemClock } from '../../platform/clock.ts';
import { STATUS_CODES } from '../../platform/http.ts';
import type { AddCommand, Session } from '../command.ts';
import { jsonText } from '../output/json-text.ts';
import { type PostAnswer, post } from './post.ts';
import { type SigningOptions, withSigningOptions } from './request-options.ts';
import { prepare } from './sign.ts';

/** Longest silence of a listener, in milliseconds: more than it may keep a sender waiting for a job. */
const SILENCE_MS = 330_000;

/** `ductile webhook send`: delivers to an endpoint as its sender would. */
export const addSend: AddCommand = (parent, run) => {
  withSigningOptions(
    parent.command('send').argument('<name>', 'webhook, as `webhook list` shows it'),
    'send it there, such as through the proxy (default: the listener on this machine)',
  )
    .description('sign a delivery, send it and show the answer; exit code 1 when it is refused')
    .addHelpText('after', '\nExample:\n  $ ductile webhook send github -d @push.json -H "X-GitHub-Event: push"')
    .action(run<SigningOptions, readonly [string]>(send));
};

async function send(session: Session, options: SigningOptions, name: string): Promise<number> {
  const { call, local } = await prepare(session, name, options);
  const to = options.url ?? local;
  const started = systemClock.monotonic();
  const reply = await post(call, { to, silenceMs: SILENCE_MS });
  const answer = {
    webhook: name,
    url: to,
    status: reply.status,
    body: bodyValue(reply),
    took_ms: Math.round(systemClock.monotonic() - started),
  };
  session.show(answer, ({ status, body, took_ms }) => {
    const tone = status < 300 ? 'good' : 'bad';
    const head = `${session.paint(tone, `${status} ${STATUS_CODES[status] ?? ''}`.trim())} after ${span(took_ms)}\n`;
    return body === '' ? head : `${head}${jsonText(body, { indent: 0, columns: session.io.stdout.columns })}\n`;
  });
  return reply.status < 300 ? 0 : 1;
}

/** The body of an answer: what it holds where it is JSON, else its text. */
export function bodyValue({ text }: PostAnswer): Json {
  try {
    const value: Json = JSON.parse(text);
    return isJsonObject(value) || Array.isArray(value) ? value : text;
  } catch {
    return text;
  }
}
