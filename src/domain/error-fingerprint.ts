import type { JobError } from './job.ts';

/** Characters of a message that count; what follows is rarely about the error itself. */
const LOOKED_AT = 2_000;

/** What differs between two errors of one kind, the most telling first. */
const VARIABLE: readonly (readonly [pattern: RegExp, word: string])[] = [
  [/\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'`<>]+/gi, '<url>'],
  [/"[^"]*"|`[^`]*`|(?<![\p{L}\p{N}])'[^']*'(?![\p{L}\p{N}])/gu, '<text>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?)?/g, '<time>'],
  [/\b\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?\b/g, '<time>'],
  [/[^\s<>]{1,64}@[^\s<>]{1,255}/g, '<address>'],
  [/(?<![\p{L}\p{N}<])(?:~|\.{1,2})?(?:\/[\p{L}\p{N}._@%+~-]+)+\/?/gu, '<path>'],
  [/\b0x[0-9a-f]+\b/gi, '<id>'],
  [/\b(?=[0-9a-f]{0,64}\d)[0-9a-f]{8,}\b/gi, '<id>'],
  [/\b(?=[\w-]{0,64}\d)[\w-]{16,}\b/g, '<id>'],
  [/\d+(?:[.,]\d+)*/g, '<n>'],
  [/\s+/g, ' '],
];

/** What an error message says, whichever number, id, path, time or quoted text it names. */
export function normalMessage(message: string): string {
  const start = message.slice(0, LOOKED_AT);
  return VARIABLE.reduce((text, [pattern, word]) => text.replace(pattern, word), start).trim();
}

/**
 * What dead letters of one kind have in common: instance, command, error code and what the message says. 16 hexadecimal
 * digits (FNV-1a, 64 bits), the same in every version as long as `normalMessage` stays.
 */
export function errorFingerprint({
  instance,
  command,
  error,
}: {
  readonly instance: string;
  readonly command: string;
  readonly error: JobError | null;
}): string {
  const parts = [instance, command, error?.code ?? '', error === null ? '' : normalMessage(error.message)];
  return fnv1a(JSON.stringify(parts));
}

/** http://www.isthe.com/chongo/tech/comp/fnv/, over UTF-16 code units, in two halves of 32 bits; the prime is 2^40 + 435. */
function fnv1a(text: string): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (let index = 0; index < text.length; index += 1) {
    const mixed = (low ^ text.charCodeAt(index)) >>> 0;
    const product = mixed * 435;
    high = (high * 435 + Math.floor(product / 2 ** 32) + ((mixed << 8) >>> 0)) % 2 ** 32;
    low = product % 2 ** 32;
  }
  return [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');
}
