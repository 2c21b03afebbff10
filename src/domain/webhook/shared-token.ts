import { eventOf, type IdSource, senderIdOf } from './sender-id.ts';
import { isTextAmong } from './signing-key.ts';
import type { Verification } from './verification.ts';

/** A scheme in which the sender shows what it knows. */
export interface TokenScheme {
  readonly scheme: string;
  /** Header that holds the credentials, in lower case. */
  readonly header: string;
  /** What the sender may show, as the header holds it after `normalise`; the first is what `sign` shows. */
  readonly accepted: readonly [string, ...string[]];
  /** Undoes what may be written in several ways. */
  readonly normalise: (value: string) => string;
  readonly id: IdSource | null;
  readonly event: string | null;
  readonly repeats: Verification['repeats'];
}

/** Verifies credentials against all that are accepted. */
export function byToken({ scheme, header, accepted, normalise, id, event, repeats }: TokenScheme): Verification {
  const idHeader = id?.from === 'header' ? [id.name] : [];
  return {
    scheme,
    sensitive: [header, ...idHeader],
    telling: [...idHeader, ...(event === null ? [] : [event])],
    repeats,
    verify: (request) => {
      const value = request.headers[header];
      if (value === undefined) return { ok: false, reason: 'credentials_missing' };
      if (!isTextAmong(normalise(value), accepted)) return { ok: false, reason: 'credentials_wrong' };
      return { ok: true, senderId: senderIdOf(id, request), event: eventOf(event, request) };
    },
    sign: (request) => ({ [header]: accepted[0], ...(id?.from === 'header' ? { [id.name]: request.id } : {}) }),
  };
}
