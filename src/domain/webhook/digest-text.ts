/** How the bytes of a signature are written. `hex` takes lower-case digits only, `hex-any-case` both. */
export type DigestEncoding = 'hex' | 'hex-any-case' | 'base64' | 'base64url';

/** The bytes of a signature of `length` bytes; null: not written in exactly that encoding, or of another length. */
export function decodeDigest(text: string, encoding: DigestEncoding, length: number): Uint8Array | null {
  const bytes =
    encoding === 'hex' || encoding === 'hex-any-case' ? decodeHex(text, encoding) : decodeBase64(text, encoding);
  return bytes?.length === length ? bytes : null;
}

/** Bytes as a sender would write them. */
export function encodeDigest(bytes: Uint8Array, encoding: DigestEncoding): string {
  return Buffer.from(bytes).toString(encoding === 'hex-any-case' ? 'hex' : encoding);
}

const HEX = { hex: /^(?:[0-9a-f]{2})+$/, 'hex-any-case': /^(?:[0-9A-Fa-f]{2})+$/ };

function decodeHex(text: string, encoding: 'hex' | 'hex-any-case'): Uint8Array | null {
  return HEX[encoding].test(text) ? Buffer.from(text, 'hex') : null;
}

/** Only the one text that encodes the bytes is taken: else the spare bits of its last digit could be changed unnoticed. */
function decodeBase64(text: string, encoding: 'base64' | 'base64url'): Uint8Array | null {
  const bytes = Buffer.from(text, encoding);
  const written = bytes.toString(encoding);
  if (text === written) return bytes;
  const padded = written.padEnd(Math.ceil(written.length / 4) * 4, '=');
  return encoding === 'base64url' && text === padded ? bytes : null;
}
