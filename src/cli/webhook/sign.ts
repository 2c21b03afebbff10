import { OperatorError } from '../../domain/errors.ts';
import { MASK } from '../../domain/redact-text.ts';
import type { Endpoint } from '../../domain/webhook/endpoint.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import type { AddCommand, Session } from '../command.ts';
import { curlLine } from './curl-line.ts';
import { ownEndpoint } from './own-endpoint.ts';
import { atOf, bodyOf, headersOf, idOf, type SigningOptions, urlOf, withSigningOptions } from './request-options.ts';
import { sampleBody } from './sample-body.ts';
import { type SignedCall, signedCall } from './signed-call.ts';

interface SignOptions extends SigningOptions {
  readonly curl?: boolean;
  readonly reveal?: boolean;
}

/** `ductile webhook sign`: what a sender with the endpoint's secret would send. */
export const addSign: AddCommand = (parent, run) => {
  withSigningOptions(
    parent.command('sign').argument('<name>', 'webhook, as `webhook list` shows it'),
    'what the sender calls the endpoint (default: its public address)',
  )
    .description('print the headers of a delivery, signed with the secret of the configuration')
    .option('--curl', 'print a curl command that delivers it')
    .option('--reveal', 'show a header that is the secret itself, as bearer, basic, telegram and old gitlab tokens are')
    .addHelpText('after', `\nExample:\n  $ ductile webhook sign github -d '{"zen": "Keep it simple."}' --curl`)
    .action(run<SignOptions, readonly [string]>(sign));
};

/** A delivery made from options. */
export interface Prepared {
  readonly call: SignedCall;
  /** Where the request goes unless --url says so. */
  readonly local: string;
  readonly bodyFile: string | null;
  /** Why the endpoint would refuse the request if it came now; null: it would not. */
  readonly refused: string | null;
}

/** Signs a delivery as the options ask for; throws `usage` where nobody here could. */
export async function prepare(session: Session, name: string, options: SigningOptions): Promise<Prepared> {
  const { endpoint, local, world } = await ownEndpoint(session, name);
  const id = idOf(options.id, systemIds);
  const at = atOf(options.at);
  const url = urlOf(options.url) ?? world;
  const given = await bodyOf(options.data, session.io);
  const body = given?.bytes ?? sampleBody(endpoint, { id, at });
  const call = signedCall(endpoint, { url, body, id, at, headers: headersOf(options.header) });
  if (call === null) throw cannotSign(endpoint);
  const verdict = endpoint.verify.verify(call, systemClock.now());
  return { call, local, bodyFile: given?.file ?? null, refused: verdict.ok ? null : verdict.reason };
}

/** Says that the configuration holds public keys only. */
export function cannotSign({ name, verify }: Endpoint): OperatorError {
  const who = verify.scheme === 'discord' ? 'Discord' : 'its sender';
  return new OperatorError(
    'usage',
    `only ${who} can sign for "${name}": the configuration holds a public key, the private one never leaves ${who}`,
    {
      hint: `\`ductile webhook test ${name}\` tries what needs no signature${verify.scheme === 'discord' ? '; Discord tries the rest itself when you save the address' : ''}.`,
    },
  );
}

async function sign(
  session: Session,
  { curl = false, reveal = false, ...options }: SignOptions,
  name: string,
): Promise<number> {
  const { call, local, bodyFile, refused } = await prepare(session, name, options);
  const hidden = reveal ? [] : call.credentials;
  const masked = Object.fromEntries(
    Object.entries(call.headers).map(([header, value]) => [header, hidden.includes(header) ? MASK : value]),
  );
  const line = curl
    ? curlLine({
        url: options.url ?? local,
        headers: underItsHost(masked, { call, local, options }),
        body: call.body,
        bodyFile,
      })
    : null;
  const own = options.data === undefined;
  const answer = {
    webhook: name,
    method: call.method,
    url: call.url,
    headers: masked,
    masked: hidden,
    body_base64: Buffer.from(call.body).toString('base64'),
    refused,
    ...(line === null ? {} : { curl: line }),
  };
  session.show(answer, ({ headers }) => {
    if (line !== null) return `${line}\n`;
    const lines = Object.entries(headers).map(([header, value]) => `${header}: ${value}\n`);
    return [...lines, ...(own ? ['\n', Buffer.from(call.body).toString('utf8').replace(/\n*$/, '\n')] : [])].join('');
  });
  for (const header of hidden) {
    session.io.stderr.write(`note: ${header} is the secret itself and is masked here; --reveal shows it\n`);
  }
  if (refused !== null) session.io.stderr.write(`note: the endpoint would refuse this now (${refused})\n`);
  return 0;
}

/** Some sign the address that they call; a listener that is not told its public address reads it from `Host`. */
function underItsHost(
  headers: Readonly<Record<string, string>>,
  { call, local, options }: Pick<Prepared, 'call' | 'local'> & { readonly options: SigningOptions },
): Readonly<Record<string, string>> {
  const { host } = new URL(call.url);
  return host === new URL(options.url ?? local).host ? headers : { host, ...headers };
}
