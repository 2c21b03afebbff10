import { createHash } from 'node:crypto';
import { decodeUtf8 } from './body-json.ts';
import type { Message } from './signing-key.ts';

/**
 * What Twilio may have signed, by https://www.twilio.com/docs/usage/security#validating-requests: the URL (with and without a
 * port), then the form's parameters, sorted and without separators; where the query holds `bodySHA256`, the URL alone,
 * and the body has that digest. Empty: the body has another; null: the body is no form in UTF-8.
 */
export function twilioMessages(url: string, body: Uint8Array): readonly Message[] | null {
  const declared = /[?&]bodySHA256=([^&#]*)/.exec(url)?.[1];
  if (declared !== undefined) {
    const digest = createHash('sha256').update(body).digest('hex');
    return digest === declared.toLowerCase() ? urls(url).map((written) => [Buffer.from(written, 'utf8')]) : [];
  }
  const parameters = readForm(body);
  if (parameters === null) return null;
  const tail = Buffer.from(sorted(parameters).join(''), 'utf8');
  return urls(url).map((written) => [Buffer.from(written, 'utf8'), tail]);
}

/** The URL as it is, and without its port or with the standard one, since Twilio signs either. */
function urls(url: string): readonly string[] {
  const [, scheme, host, port, rest = ''] = /^(https?:\/\/)([^/?#]*?)(:\d+)?((?:[/?#].*)?)$/.exec(url) ?? [];
  if (scheme === undefined) return [url];
  const other = port === undefined ? (scheme === 'https://' ? ':443' : ':80') : '';
  return [url, `${scheme}${host}${other}${rest}`];
}

/** Each name with its value; of one name, each value once. */
function sorted(parameters: readonly (readonly [string, string])[]): readonly string[] {
  const byName = Map.groupBy(parameters, ([name]) => name);
  return [...byName.keys()]
    .toSorted()
    .flatMap((name) =>
      [...new Set(byName.get(name)?.map(([, value]) => value))].toSorted().map((value) => name + value),
    );
}

/** `application/x-www-form-urlencoded`, percent-encoded UTF-8; null: something else. Else changed bytes that are not UTF-8 would read the same. */
function readForm(body: Uint8Array): readonly (readonly [string, string])[] | null {
  const text = decodeUtf8(body);
  if (text === null) return null;
  try {
    return text
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const at = pair.indexOf('=');
        return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
      });
  } catch {
    return null;
  }
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
