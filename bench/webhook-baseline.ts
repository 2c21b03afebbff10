import { createHmac, timingSafeEqual } from 'node:crypto';
import { fdatasyncSync, openSync, writevSync } from 'node:fs';
import Fastify from 'fastify';

// What a gateway's acknowledgements are compared with, in a process of its own: `node webhook-baseline.ts SECRET [FILE]`.
// A Fastify handler that computes the HMAC of a body, compares it and answers; with a file it also appends the body and
// answers once that is synced, one fdatasync for each 32 of them. Prints its port.

const BATCH = 32;
/** What is left of a batch that nobody fills is synced after so many milliseconds. */
const LEFT_MS = 20;

const [secret = '', file] = process.argv.slice(2);
const synced = file === undefined ? null : batches(openSync(file, 'a', 0o600));

function batches(descriptor: number): (body: Buffer) => Promise<void> {
  let waiting: { readonly body: Buffer; readonly resolve: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  function sync(): void {
    clearTimeout(timer);
    const batch = waiting;
    waiting = [];
    writevSync(
      descriptor,
      batch.map(({ body }) => body),
    );
    fdatasyncSync(descriptor);
    for (const { resolve } of batch) resolve();
  }
  return (body) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push({ body, resolve });
    if (waiting.length === 1) timer = setTimeout(sync, LEFT_MS);
    if (waiting.length === BATCH) sync();
    return promise;
  };
}

const app = Fastify({ logger: false });
app.removeAllContentTypeParsers();
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/hook', async (request, reply) => {
  const body = request.body as Buffer;
  const expected = createHmac('sha256', secret).update(body).digest();
  const signature = Buffer.from(String(request.headers['x-hub-signature-256']).slice('sha256='.length), 'hex');
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return reply.code(401).send({});
  await synced?.(body);
  return reply.code(202).send({ delivery_id: request.headers['x-github-delivery'] });
});
console.log(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
