import { createHmac } from 'node:crypto';

/** A delivery as GitHub sends it. */
export interface DeliveryToSign {
  readonly path: string;
  readonly secret: string;
  /** What the sender calls it. */
  readonly id: string;
  readonly body: Buffer;
}

/** The headers of a delivery, one a line, each with its end; `more` may hold others. */
export function signedHead(
  { path, secret, id, body }: DeliveryToSign,
  more = `content-length: ${body.length}`,
): string {
  const digest = createHmac('sha256', secret).update(body).digest('hex');
  return [
    `POST ${path} HTTP/1.1`,
    'host: hooks.example.org',
    'user-agent: GitHub-Hookshot/044aadd',
    'content-type: application/json',
    'x-github-event: push',
    `x-github-delivery: ${id}`,
    `x-hub-signature-256: sha256=${digest}`,
    more,
    '',
    '',
  ].join('\r\n');
}

/** The bytes of a whole request. */
export function signedRequest(delivery: DeliveryToSign): Buffer {
  return Buffer.concat([Buffer.from(signedHead(delivery)), delivery.body]);
}
