/** A secret that must not be seen: its core is 16 letters and digits that stand nowhere else. */
export interface Canary {
  /** Where the configuration holds it. */
  readonly slot: string;
  readonly value: string;
  readonly core: string;
}

const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** A canary for a slot; `around` puts awkward characters beside the core. */
export function canary(slot: string, around: (core: string) => string = (core) => core): Canary {
  const core = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => ALPHABET[byte % ALPHABET.length]).join(
    '',
  );
  return { slot, value: around(core), core };
}

/** Every encoding that a plugin may try, by name; those of base64 with other bytes before and after. */
export const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  json: (text) => JSON.stringify(text),
  json_in_json: (text) => JSON.stringify(JSON.stringify(text)),
  json_ascii: (text) => ascii(JSON.stringify(text)),
  json_html: (text) => JSON.stringify(text).replace(/[<>&]/g, unicode),
  percent: (text) => encodeURIComponent(text),
  percent_strict: (text) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`),
  form: (text) => new URLSearchParams({ q: text }).toString(),
  hex: (text) => Buffer.from(text).toString('hex'),
  hex_upper: (text) => Buffer.from(text).toString('hex').toUpperCase(),
  ...Object.fromEntries(
    ['', 'x', 'xy'].flatMap((before) => [
      [`base64_${before.length}`, (text: string) => Buffer.from(`${before}${text}end`).toString('base64')],
      [`base64url_${before.length}`, (text: string) => Buffer.from(`${before}${text}end`).toString('base64url')],
    ]),
  ),
  basic: (text) => `Basic ${Buffer.from(`user:${text}`).toString('base64')}`,
};

function ascii(text: string): string {
  return text.replace(/[\u007f-\uffff]/g, unicode);
}

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Where canaries show in a text: every slot with the form in which half of its core was found. */
export function hits(canaries: readonly Canary[], text: string): readonly string[] {
  return canaries.flatMap(({ slot, core }) =>
    [core.slice(0, 8), core.slice(8)].flatMap((half) =>
      formsOf(half).flatMap(([form, sign]) => {
        const at = text.indexOf(sign);
        return at === -1 ? [] : [`${slot} as ${form}: …${text.slice(Math.max(0, at - 60), at + 40)}…`];
      }),
    ),
  );
}

/** What remains of eight characters in any encoding, whatever stands beside them. */
function formsOf(half: string): readonly (readonly [string, string])[] {
  const bytes = Buffer.from(half);
  const base64 = ['', 'x', 'xy'].map((before) => {
    const text = Buffer.concat([Buffer.from(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The characters at either end are made of other bytes, too.
    return ['base64', text.slice(before.length === 0 ? 0 : before.length + 1, -1)] as const;
  });
  return [['text', half], ['hex', bytes.toString('hex')], ['hex', bytes.toString('hex').toUpperCase()], ...base64];
}
