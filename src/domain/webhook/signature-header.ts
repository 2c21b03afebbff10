/** How a header holds one signature or several. */
export interface SignatureHeader {
  /** What it holds, not decoded yet; null: it is malformed. */
  read(value: string): ReadSignatures | null;
  write(signature: string, about: { readonly version: string; readonly timestamp: string }): string;
}

/** Signatures of a header, and the timestamp where that stands in the same header. */
export interface ReadSignatures {
  readonly signatures: readonly { readonly version: string; readonly text: string }[];
  readonly timestamp: string | null;
}

/** More signatures in one header are refused: each costs a comparison. */
const MOST_SIGNATURES = 16;

/** `sha256=0123…`: one signature after a prefix, which is compared exactly. */
export function prefixedHeader(prefix: string): SignatureHeader {
  return {
    read: (value) =>
      value.startsWith(prefix)
        ? { signatures: [{ version: '', text: value.slice(prefix.length) }], timestamp: null }
        : null,
    write: (signature) => `${prefix}${signature}`,
  };
}

/** `v1,MDEy… v1a,Zm9v…`: signatures after their versions, with spaces between them. */
export const VERSIONED_HEADER: SignatureHeader = {
  read: (value) => {
    const entries = value.split(' ', MOST_SIGNATURES + 1).map((entry) => splitAt(entry, ','));
    return entries.length > MOST_SIGNATURES ? null : { signatures: entries, timestamp: null };
  },
  write: (signature, { version }) => `${version},${signature}`,
};

/** `t=1492774577,v1=0123…,v1=4567…`: one timestamp, and signatures under their versions. */
export const STRIPE_HEADER: SignatureHeader = {
  read: (value) => {
    const entries = value.split(',', MOST_SIGNATURES + 2).map((entry) => splitAt(entry, '='));
    const timestamps = entries.filter(({ version }) => version === 't');
    const signatures = entries.filter(({ version }) => version !== 't');
    if (timestamps.length > 1 || signatures.length > MOST_SIGNATURES) return null;
    return { signatures, timestamp: timestamps[0]?.text ?? null };
  },
  write: (signature, { version, timestamp }) => `t=${timestamp},${version}=${signature}`,
};

function splitAt(entry: string, separator: string): { readonly version: string; readonly text: string } {
  const at = entry.indexOf(separator);
  return at < 0 ? { version: entry, text: '' } : { version: entry.slice(0, at), text: entry.slice(at + 1) };
}
