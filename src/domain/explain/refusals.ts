import type { RejectionReason } from '../webhook/rejection.ts';

/** What a refusal means, and what to do about it. */
export interface Refused {
  /** Follows "was refused, because". */
  readonly text: string;
  readonly todo: (endpoint: string) => string;
}

const MEND_SENDER = 'If it should have come, mend what sends it';
const testIt = (endpoint: string): string =>
  `\`ductile webhook test ${endpoint}\` sends what is right and what is not.`;
const credentials = (endpoint: string): string =>
  `If the request was right, compare the secret at its sender with \`secrets\` of the webhook ${endpoint}; a proxy before the gateway may have removed the header.`;

/** Every reason for which a request to a webhook is refused. */
export const REFUSALS: { readonly [reason in RejectionReason]: Refused } = {
  method: { text: 'it was no POST', todo: () => `${MEND_SENDER}: deliveries are sent with POST.` },
  encoding: { text: 'it was compressed', todo: () => `${MEND_SENDER}: it must send its body uncompressed.` },
  content_type: {
    text: 'its content type is not among those that are taken',
    todo: (endpoint) => `${MEND_SENDER}, or add the type to \`content_types\` of the webhook ${endpoint}.`,
  },
  too_large: {
    text: 'its body was larger than max_body',
    todo: (endpoint) => `Raise \`max_body\` of the webhook ${endpoint} if its sender may send that much.`,
  },
  address_limit: {
    text: 'its address had sent too many requests',
    todo: () =>
      'Raise `webhooks.address_limit` if one address may send that often; behind a proxy, name it in `webhooks.trusted_proxies`.',
  },
  address_refused: {
    text: 'its address is not allowed',
    todo: (endpoint) =>
      `Add the address to those that the webhook ${endpoint} allows; behind a proxy, name that in \`webhooks.trusted_proxies\`.`,
  },
  too_slow: {
    text: 'its body did not arrive in time',
    todo: () => `${MEND_SENDER}, or the way between it and the gateway.`,
  },
  duplicate_header: {
    text: 'a header that must come once came twice',
    todo: () => `${MEND_SENDER}; a proxy before the gateway may have added a header.`,
  },
  signature_missing: { text: 'it was not signed', todo: credentials },
  signature_malformed: {
    text: 'its signature could not be read',
    todo: (endpoint) =>
      `See that \`verify\` of the webhook ${endpoint} names the scheme of its sender; ${testIt(endpoint)}`,
  },
  signature_wrong: {
    text: 'its signature did not fit',
    todo: (endpoint) =>
      `If the request was right, the secret at its sender is not among \`secrets\` of the webhook ${endpoint}, or a proxy before the gateway changed the body; ${testIt(endpoint)}`,
  },
  timestamp_missing: { text: 'it had no timestamp', todo: credentials },
  timestamp_malformed: {
    text: 'its timestamp could not be read',
    todo: (endpoint) =>
      `See that \`verify\` of the webhook ${endpoint} names the scheme of its sender; ${testIt(endpoint)}`,
  },
  timestamp_stale: {
    text: 'its timestamp was too far from the time here',
    todo: (endpoint) =>
      `See that the clocks of this machine and of the sender are right (\`timedatectl\`); if requests wait on their way, raise \`verify.tolerance\` of the webhook ${endpoint}. Else somebody sent an old request again.`,
  },
  credentials_missing: { text: 'it had no credentials', todo: credentials },
  credentials_wrong: { text: 'its credentials were not right', todo: credentials },
  endpoint_limit: {
    text: 'the webhook had taken as many as its rate_limit allows',
    todo: (endpoint) => `Raise \`rate_limit\` of the webhook ${endpoint} if its sender may send that often.`,
  },
  invalid_body: {
    text: 'its body could not be read, or is not what the target takes',
    todo: (endpoint) =>
      `See that \`body\` of the webhook ${endpoint} fits what is sent, and the body the \`input_schema\` of its target.`,
  },
  invalid_event_type: {
    text: 'no event type came of it',
    todo: (endpoint) => `See that \`emit\` of the webhook ${endpoint} makes an event type of every delivery.`,
  },
  unavailable: {
    text: 'the gateway could not take it then',
    todo: () =>
      'See `ductile status`: the storage refused writes, the queue was full, or the gateway was shutting down. Its sender was asked to come again.',
  },
};
