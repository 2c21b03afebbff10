import { decodeDigest } from './digest-text.ts';

const SYMMETRIC = 'whsec_';
const PUBLIC = 'whpk_';

/** Whether the secret is written as Standard Webhooks asks for, as GitLab's signing tokens are and its older tokens are not. */
export function isStandardSecret(text: string): boolean {
  return text.startsWith(SYMMETRIC);
}

/** The key in a secret of Standard Webhooks: base64, after `whsec_` or nothing; public keys after `whpk_`. Null: it is none. */
export function readStandardSecret(
  text: string,
): { readonly kind: 'hmac' | 'ed25519'; readonly bytes: Uint8Array } | null {
  if (text.startsWith(PUBLIC)) {
    const bytes = decodeDigest(text.slice(PUBLIC.length), 'base64', 32);
    return bytes === null ? null : { kind: 'ed25519', bytes };
  }
  const written = text.startsWith(SYMMETRIC) ? text.slice(SYMMETRIC.length) : text;
  const padded = written.padEnd(Math.ceil(written.length / 4) * 4, '=');
  const bytes = Buffer.from(padded, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === padded ? { kind: 'hmac', bytes } : null;
}

/** The 32 bytes of a public key of Discord, written as 64 hexadecimal digits; null: it is none. */
export function readDiscordKey(text: string): Uint8Array | null {
  return decodeDigest(text, 'hex-any-case', 32);
}

/** What is wrong with a secret under that scheme; null: nothing. */
export function secretFault(scheme: string, secret: string): string | null {
  if (scheme === 'discord' && readDiscordKey(secret) === null) return 'is no public key of 64 hexadecimal digits';
  const standard = scheme === 'standard' || (scheme === 'gitlab' && isStandardSecret(secret));
  if (!standard) return null;
  if (readStandardSecret(secret) === null)
    return 'is no base64 after `whsec_` or nothing, nor a public key after `whpk_`';
  return null;
}

/** Whether the secret is short enough to be guessed; what is public needs no length. */
export function isWeakSecret(scheme: string, secret: string): boolean {
  return scheme !== 'discord' && scheme !== 'none' && secret.length < 16;
}
