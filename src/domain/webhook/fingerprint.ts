import { createHash } from 'node:crypto';

/** What two deliveries have in common that hold the same under the same kind of event: SHA-256, in hexadecimal digits. */
export function fingerprintOf({ event, body }: { readonly event: string | null; readonly body: Uint8Array }): string {
  // A line break cannot stand in a header, so no event and body run into each other.
  return createHash('sha256')
    .update(`${event ?? ''}\n`)
    .update(body)
    .digest('hex');
}
