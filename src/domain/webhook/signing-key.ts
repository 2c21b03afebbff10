import { createHash, createHmac, createPublicKey, createSecretKey, timingSafeEqual, verify } from 'node:crypto';

/** What was signed, in pieces. */
export type Message = readonly Uint8Array[];

/** What a signature is checked with. */
export interface SigningKey {
  /** Version that its signatures bear, such as `v1`; empty: none. */
  readonly version: string;
  /** Of its signatures, in bytes. */
  readonly length: number;
  /** Whether one of the signatures, each of `length` bytes, is of this message; all of them are tried. */
  matches(message: Message, signatures: readonly Uint8Array[]): boolean;
  /** The signature of the message; null: only the holder of a private key can make it. */
  sign(message: Message): Uint8Array | null;
}

/** Digests that HMAC is computed over. */
export type HmacAlgorithm = 'sha1' | 'sha256' | 'sha512';

const DIGEST_BYTES: Readonly<Record<HmacAlgorithm, number>> = { sha1: 20, sha256: 32, sha512: 64 };

/** A key of HMAC (RFC 2104). */
export function hmacKey(secret: Uint8Array, algorithm: HmacAlgorithm, version = ''): SigningKey {
  // Made once: for bytes Node makes one each time, which takes longer than the digest.
  const key = createSecretKey(secret);
  const sign = (message: Message) => {
    const hmac = createHmac(algorithm, key);
    for (const piece of message) hmac.update(piece);
    return hmac.digest();
  };
  const matches = (message: Message, signatures: readonly Uint8Array[]) => isAmong(sign(message), signatures);
  return { version, length: DIGEST_BYTES[algorithm], matches, sign };
}

/** An Ed25519 key (RFC 8032), given its 32 public bytes. */
export function ed25519Key(bytes: Uint8Array, version = ''): SigningKey {
  const x = Buffer.from(bytes).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const matches = (message: Message, signatures: readonly Uint8Array[]) => {
    const whole = Buffer.concat(message);
    return signatures.filter((signature) => verify(null, whole, key, signature)).length > 0;
  };
  return { version, length: 64, matches, sign: () => null };
}

/** Whether the digest is one of the others of its length; compares with all of them, each in constant time. */
function isAmong(digest: Uint8Array, others: readonly Uint8Array[]): boolean {
  let found = false;
  for (const other of others) {
    const same = timingSafeEqual(digest, other);
    found = same || found;
  }
  return found;
}

/** Whether a text is one of the others, whatever their lengths: digests of all are compared, each in constant time. */
export function isTextAmong(text: string, others: readonly string[]): boolean {
  return isAmong(
    sha256(text),
    others.map((other) => sha256(other)),
  );
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text, 'utf8').digest();
}
