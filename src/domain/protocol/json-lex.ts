/** 1 for each byte that may stand in a string as it is and needs no second look: ASCII without controls, `"` and `\`. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== 0x22 && byte !== 0x5c ? 1 : 0,
);
/** 1 for each byte that may follow a backslash, but for `u`. */
const ESCAPABLE = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** The offset after the string whose opening quote stands at `at`; when malformed, the complement (`~`) of the offset of its fault. */
export function skipString(bytes: Uint8Array, at: number): number {
  const { length } = bytes;
  let here = at + 1;
  while (here < length) {
    const byte = bytes[here] ?? 0;
    if (PLAIN[byte] === 1) {
      here += 1;
    } else if (byte === 0x22) {
      return here + 1;
    } else if (byte === 0x5c) {
      const size = escapeSize(bytes, here);
      if (size === 0) return ~here;
      here += size;
    } else {
      const size = byte < 0x80 ? 0 : utf8Size(bytes, here);
      if (size === 0) return isCutShort(bytes, here) ? ~length : ~here;
      here += size;
    }
  }
  return ~length;
}

/** The offset after the number that begins at `at`; when malformed, the complement of the offset of its fault. */
export function skipNumber(bytes: Uint8Array, at: number): number {
  let here = bytes[at] === 0x2d ? at + 1 : at;
  if (!isDigit(bytes[here])) return ~here;
  here = bytes[here] === 0x30 ? here + 1 : skipDigits(bytes, here);
  if (bytes[here] === 0x2e) {
    here += 1;
    if (!isDigit(bytes[here])) return ~here;
    here = skipDigits(bytes, here);
  }
  if (bytes[here] === 0x65 || bytes[here] === 0x45) {
    here += 1;
    if (bytes[here] === 0x2b || bytes[here] === 0x2d) here += 1;
    if (!isDigit(bytes[here])) return ~here;
    here = skipDigits(bytes, here);
  }
  return here;
}

/** The offset after `true`, `false` or `null` at `at`, or the complement of the offset where it stops being one. */
export function skipWord(bytes: Uint8Array, at: number): number {
  const word = bytes[at] === 0x74 ? 'true' : bytes[at] === 0x66 ? 'false' : 'null';
  for (let index = 0; index < word.length; index += 1) {
    if (bytes[at + index] !== word.charCodeAt(index)) return at + index >= bytes.length ? ~bytes.length : ~at;
  }
  return at + word.length;
}

/** The first offset from `at` on that holds no white space of JSON. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let here = at;
  for (;;) {
    const byte = bytes[here];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return here;
    here += 1;
  }
}

/** Bytes of the well-formed UTF-8 sequence at `at` (RFC 3629: no overlong forms, no surrogates), or 0. */
export function utf8Size(bytes: Uint8Array, at: number): 0 | 1 | 2 | 3 | 4 {
  const lead = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return isTail(second) ? 2 : 0;
  if (lead < 0xf0) {
    const lowest = lead === 0xe0 ? 0xa0 : 0x80;
    const highest = lead === 0xed ? 0x9f : 0xbf;
    return second >= lowest && second <= highest && isTail(bytes[at + 2]) ? 3 : 0;
  }
  const lowest = lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xf4 ? 0x8f : 0xbf;
  return second >= lowest && second <= highest && isTail(bytes[at + 2]) && isTail(bytes[at + 3]) ? 4 : 0;
}

/** Bytes of the escape at `at`; 0 when it is none. One that runs over the end counts as whole, so that the end is the fault. */
function escapeSize(bytes: Uint8Array, at: number): number {
  if (at + 1 >= bytes.length) return 2;
  const kind = bytes[at + 1] ?? 0;
  if (ESCAPABLE[kind] === 1) return 2;
  if (kind !== 0x75) return 0;
  for (let here = at + 2; here < at + 6 && here < bytes.length; here += 1) {
    if (!isHexDigit(bytes[here] ?? 0)) return 0;
  }
  return 6;
}

/** True when the bytes from `at` to the end begin a UTF-8 sequence that the end cuts off. */
function isCutShort(bytes: Uint8Array, at: number): boolean {
  const lead = bytes[at] ?? 0;
  const size = lead < 0xc2 || lead > 0xf4 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return at + size > bytes.length && bytes.subarray(at + 1).every(isTail);
}

function skipDigits(bytes: Uint8Array, at: number): number {
  let here = at;
  while (isDigit(bytes[here])) here += 1;
  return here;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

function isTail(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
