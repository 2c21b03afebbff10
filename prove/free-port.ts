import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port of the loopback interface that nobody listens at: for a gateway that must have the same one in each of its lives. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const place = server.address();
  server.close();
  await once(server, 'close');
  if (place === null || typeof place === 'string') throw new Error('the system gave no port');
  return place.port;
}
