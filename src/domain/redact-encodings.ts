/** Shorter secrets are left alone in running text: masking them would mask half of any text. */
export const MIN_SECRET = 4;
/** Lines of a secret of several lines are masked by themselves from this length on. */
const MIN_LINE = 16;

/**
 * Every form in which a secret is looked for: raw, as JSON writes it (also inside JSON inside JSON, twice, with `\/`, in ASCII,
 * and made safe for HTML as Go and PHP do), percent-encoded, base64 and base64url at each of three offsets (these
 * percent-encoded too), hexadecimal. None is shorter than four characters.
 */
export function encodingsOf(secret: string): readonly string[] {
  if (secret.length < MIN_SECRET) return [];
  const trimmed = secret.trim();
  const lines = trimmed.includes('\n') ? trimmed.split(/\r?\n/).map((line) => line.trim()) : [];
  const texts = [secret, trimmed, ...lines.filter((line) => line.length >= MIN_LINE)];
  const forms = texts.flatMap((text) => [...jsonForms(text), ...percentForms(text), ...byteForms(text)]);
  return [...new Set(forms)].filter((form) => form.length >= MIN_SECRET);
}

function jsonForms(text: string): readonly string[] {
  const once = written([text]);
  const safe = HTML.flatMap((characters) => once.map((form) => form.replace(characters, unicode)));
  const forms = [...once, ...safe].flatMap((form) => [form, upperCase(form)]);
  const twice = written(forms);
  const slashes = [text, ...forms].map((form) => form.replaceAll('/', '\\/'));
  return [text, ...forms, ...slashes, ...twice, ...written(twice)];
}

/** Texts as JSON writes them: as they are, and in ASCII. */
function written(texts: readonly string[]): readonly string[] {
  const escaped = [...new Set(texts)].map(escapeJson);
  return [...escaped, ...escaped.map((form) => form.replace(/[\u007f-\uffff]/g, unicode))];
}

/** What encoders of JSON also escape, so that the text may stand in HTML. */
const HTML = [/[<>&]/g, /[<>&']/g] as const;

function unicode(character: string): string {
  return `\\u${hex(character.charCodeAt(0)).padStart(4, '0')}`;
}

function upperCase(form: string): string {
  return form.replace(/(\\u)([0-9a-f]{4})/g, (_match, mark: string, digits: string) => mark + digits.toUpperCase());
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** What the usual encoders leave as it is besides letters, digits, `-`, `_` and `.`. */
const UNRESERVED = ["!'()*~", '~', '*', '/~', '/'] as const;

function percentForms(text: string): readonly string[] {
  const bytes = utf8(text);
  return UNRESERVED.flatMap((kept) => {
    const upper = bytes.map((byte) => percent(byte, kept)).join('');
    const lower = upper.replace(/%[0-9A-F]{2}/g, (triple) => triple.toLowerCase());
    return [upper, lower, upper.replaceAll('%20', '+'), lower.replaceAll('%20', '+')];
  });
}

function percent(byte: number, kept: string): string {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z0-9_.-]/.test(character) || kept.includes(character)) return character;
  return `%${hex(byte).padStart(2, '0').toUpperCase()}`;
}

function byteForms(text: string): readonly string[] {
  const bytes = utf8(text);
  const digits = bytes.map((byte) => hex(byte).padStart(2, '0')).join('');
  const base64 = [0, 1, 2].flatMap((offset) => base64At(bytes, offset));
  const inAddresses = base64.map(encodeURIComponent);
  return [
    digits,
    digits.toUpperCase(),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    ...base64.map((form) => form.replaceAll('/', '\\/')),
    ...inAddresses,
    ...inAddresses.map((form) => form.replace(/%../g, (triple) => triple.toLowerCase())),
  ];
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * The base64 characters that `bytes` alone decide when `offset` other bytes (modulo 3) stand before them, leaving out
 * the character at either end that other bytes have a part in; and the same as it ends when nothing follows.
 */
function base64At(bytes: readonly number[], offset: number): readonly string[] {
  const bits = bytes.length * 8;
  const digit = (bit: number): string => {
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    return BASE64.charAt((pair >> (10 - (bit & 7))) & 63);
  };
  let inside = '';
  let bit = (6 - ((offset * 8) % 6)) % 6;
  for (; bit + 6 <= bits; bit += 6) inside += digit(bit);
  return bit === bits ? [inside] : [inside, inside + digit(bit) + (bits - bit === 2 ? '==' : '=')];
}

function utf8(text: string): readonly number[] {
  return [...new TextEncoder().encode(text)];
}

function hex(number: number): string {
  return number.toString(16);
}
