import { OperatorError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { isJsonObject } from '../../domain/json.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import type { AddCommand, Session } from '../command.ts';
import { type Column, table } from '../output/table.ts';
import { ownEndpoint } from './own-endpoint.ts';
import { post } from './post.ts';
import { bodyOf, headersOf, type RequestOptions, urlOf, withRequestOptions } from './request-options.ts';
import { bodyValue } from './send.ts';
import { type Trial, trialsOf } from './trials.ts';

interface WalkOptions extends RequestOptions {
  readonly run?: boolean;
}

/** Longest silence of a listener besides what it may wait for a job, in milliseconds. */
const SILENCE_MS = 20_000;

/** `ductile webhook test`: tries an endpoint with what must be accepted and what must be refused. */
export const addWalk: AddCommand = (parent, run) => {
  withRequestOptions(
    parent.command('test').argument('<name>', 'webhook, as `webhook list` shows it'),
    'send it there, such as through the proxy (default: the listener on this machine)',
  )
    .description(
      'try an endpoint: valid, forged, stale, repeated and malformed requests; exit code 1 when one is answered wrongly',
    )
    .option('--run', 'also where the mode is `run`: what is accepted becomes real jobs and events')
    .addHelpText('after', '\nExample:\n  $ ductile webhook test github --run -H "X-GitHub-Event: ping"')
    .action(run<WalkOptions, readonly [string]>(walk));
};

/** What came of a trial; `status` is null where nothing was sent (`ok`) or nothing was answered, and `note` says why. */
interface Tried {
  readonly trial: string;
  readonly expected: readonly number[];
  readonly status: number | null;
  readonly ok: boolean;
  readonly note: string | null;
}

async function walk(session: Session, options: WalkOptions, name: string): Promise<number> {
  const { endpoint, local, world } = await ownEndpoint(session, name);
  if (endpoint.mode === 'run' && options.run !== true) {
    throw new OperatorError('usage', `"${name}" runs what it accepts: a test would make real jobs or events`, {
      hint: 'set `mode: observe` and reload while you test, or give --run',
    });
  }
  const url = urlOf(options.url) ?? world;
  const given = await bodyOf(options.data, session.io);
  const trials = trialsOf({
    endpoint,
    url,
    newId: systemIds,
    headers: headersOf(options.header),
    body: given?.bytes ?? null,
    now: systemClock.now(),
  });
  const tried: Tried[] = [];
  const silenceMs = SILENCE_MS + (endpoint.respondMs ?? 0);
  for (const trial of trials) {
    const answered = tried.some(({ status }) => status !== null);
    tried.push(await attempt(trial, { to: options.url ?? local, silenceMs, answered }));
  }
  const ok = tried.every((one) => one.ok);
  session.show({ webhook: name, url: options.url ?? local, ok, trials: tried }, (shown) =>
    walkText(shown.trials, session),
  );
  return ok ? 0 : 1;
}

/** Sends one request. That nobody answers is an answer once somebody has: throws `gateway_unreachable` only before. */
async function attempt(
  { name: trial, expected, make, ask = false }: Trial,
  way: { readonly to: string; readonly silenceMs: number; readonly answered: boolean },
): Promise<Tried> {
  if (typeof make !== 'function') return { trial, expected, status: null, ok: true, note: make.skipped };
  try {
    const reply = await post(make(systemClock.now()), { ...way, ask });
    const { status } = reply;
    return { trial, expected, status, ok: expected.includes(status), note: noteOf(bodyValue(reply)) };
  } catch (error) {
    if (!way.answered || !(error instanceof OperatorError)) throw error;
    return { trial, expected, status: null, ok: false, note: error.message };
  }
}

/** What an answer names: the job, the event, or what is wrong. */
function noteOf(body: Json): string | null {
  if (!isJsonObject(body)) return null;
  const { job_id, event_id, delivery_id, code } = body;
  if (typeof job_id === 'string') return `job ${job_id}`;
  if (typeof event_id === 'string') return `event ${event_id}`;
  if (typeof delivery_id === 'string') return `delivery ${delivery_id}`;
  return typeof code === 'string' ? code : null;
}

const COLUMNS: readonly Column[] = [
  { head: ' ' },
  { head: 'SENT', least: 24 },
  { head: 'EXPECTED' },
  { head: 'GOT' },
  { head: 'ANSWER', least: 12, optional: true },
];

function walkText(tried: readonly Tried[], { io, paint }: Session): string {
  const rows = tried.map(({ trial, expected, status, ok, note }) => {
    if (ok && status === null) return [paint('dim', '–'), trial, '', 'not sent', note ?? ''];
    const mark = paint(ok ? 'good' : 'bad', ok ? '✓' : '✗');
    return [mark, trial, expected.join(' or '), status === null ? 'nothing' : String(status), note ?? ''];
  });
  const sent = tried.filter(({ ok, status }) => !ok || status !== null);
  const wrong = sent.filter(({ ok }) => !ok);
  const text = table(COLUMNS, rows, io.stdout.columns);
  if (wrong.length === 0) return `${text}\n${sent.length} answers as they should be\n`;
  const hint = wrong.some(({ trial, status }) => trial === 'valid' && status === 401)
    ? 'The gateway may have other secrets than the files have now: `ductile reload` reads them again.\n'
    : '';
  return `${text}\n${paint('bad', `${wrong.length} of ${sent.length} answers`)} differ\n${hint}`;
}
