import { readJsonObject } from './body-json.ts';
import type { SignedRequest } from './verification.ts';

/** Where a sender puts the id of a delivery. */
export type IdSource =
  | { readonly from: 'header'; readonly name: string }
  /** A key at the top of the JSON body. */
  | { readonly from: 'body'; readonly key: string };

const VISIBLE = /^[\x21-\x7e]{1,200}$/;
/** GitLab's events hold spaces: `Push Hook`. */
const PRINTABLE = /^[\x20-\x7e]{1,200}$/;

/** Whether the text is 1 to 200 visible ASCII characters, as an id of a delivery is; any other counts as none. */
export function isSenderId(text: string): boolean {
  return VISIBLE.test(text);
}

/** What the sender calls the delivery; null: nothing, or nothing that is an id. */
export function senderIdOf(source: IdSource | null, request: SignedRequest): string | null {
  if (source === null) return null;
  const id = source.from === 'header' ? request.headers[source.name] : readJsonObject(request.body)?.[source.key];
  const text = Number.isSafeInteger(id) ? String(id) : id;
  return typeof text === 'string' && isSenderId(text) ? text : null;
}

/** The header that names the kind of event; null: it was not sent, or holds more than 200 characters or others than printable ASCII. */
export function eventOf(header: string | null, request: SignedRequest): string | null {
  const event = header === null ? undefined : request.headers[header];
  return event !== undefined && PRINTABLE.test(event) ? event : null;
}
