import { once } from 'node:events';
import { connect } from 'node:net';
import { pause } from './ask.ts';
import { closeOf, keepAliveClient } from './keep-alive-client.ts';
import { signedHead, signedRequest } from './signed-delivery.ts';

// The clients of a crowd, in a process of their own: `node crowd-clients.ts ORDER`, with the order as JSON. Some are slow
// and come again when they are closed, until the time is up; others are good and tell how long they wait. Prints what
// became of them as one line of JSON, once the last slow one is closed.

/** What a crowd is to do. */
export interface CrowdOrder {
  readonly port: number;
  readonly path: string;
  readonly secret: string;
  /** Slow clients of each kind. */
  readonly clients: Readonly<Record<SlowKind, number>>;
  readonly seconds: number;
}

/** In what a client is slow: its headers, its body, first the one and then the other, or it says nothing at all. */
export type SlowKind = 'headers' | 'body' | 'both' | 'silent';

/** What became of a crowd; milliseconds. */
export interface CrowdResult {
  /** Slow clients that were closed, and how long the most patient of each kind was let in. */
  readonly closed: number;
  readonly longest: Readonly<Record<SlowKind, number>>;
  /** Clients that could not connect. */
  readonly refused: number;
  readonly good: number;
  readonly failed: readonly string[];
  readonly p50: number;
  readonly p99: number;
}

const GOOD = 8;
const GOOD_EVERY_MS = 40;
const DRIP_MS = 1_000;
/** A client that is slow in both goes on to its body so long after it connected. */
const HEADERS_UNTIL_MS = 9_000;
/** Whoever is still let in after so long is given up. */
const GIVEN_UP_MS = 40_000;
const DECLARED = Buffer.alloc(4_096, ' ');

if (import.meta.main) {
  const order: CrowdOrder = JSON.parse(process.argv[2] ?? '');
  console.log(JSON.stringify(await crowd(order)));
}

async function crowd(order: CrowdOrder): Promise<CrowdResult> {
  const until = performance.now() + order.seconds * 1_000;
  const longest: Record<SlowKind, number> = { headers: 0, body: 0, both: 0, silent: 0 };
  let [closed, refused] = [0, 0];
  const slow = async (kind: SlowKind): Promise<void> => {
    do {
      const lived = await slowClient(order, kind);
      if (lived === null) {
        refused += 1;
        await pause(DRIP_MS);
      } else {
        closed += 1;
        longest[kind] = Math.max(longest[kind], lived);
      }
    } while (performance.now() < until);
  };
  const kinds = Object.entries(order.clients) as [SlowKind, number][];
  const crowding = Promise.all(kinds.flatMap(([kind, count]) => Array.from({ length: count }, () => slow(kind))));
  let over = false;
  const waits: number[] = [];
  const failed: string[] = [];
  const serving = Promise.all(
    Array.from({ length: GOOD }, (_, n) => good(order, n, { waits, failed, over: () => over })),
  );
  await crowding;
  over = true;
  await serving;
  const sorted = waits.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.POSITIVE_INFINITY;
  return { closed, longest, refused, good: waits.length, failed: failed.slice(0, 5), p50: at(0.5), p99: at(0.99) };
}

/** How long it was let in, in milliseconds; null: it was not. */
async function slowClient({ path, secret, port }: CrowdOrder, kind: SlowKind): Promise<number | null> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const closed = closeOf(socket);
  const connected = once(socket, 'connect').catch(() => null);
  if ((await connected) === null) return null;
  socket.resume();
  const from = performance.now();
  const head = signedHead({ path, secret, id: 'slow', body: DECLARED });
  const first = head.slice(0, head.indexOf('\r\n') + 2);
  if (kind === 'body') socket.write(head);
  else if (kind !== 'silent') socket.write(first);
  let inBody = kind === 'body';
  const drip = setInterval(() => {
    const lived = performance.now() - from;
    if (lived > GIVEN_UP_MS) socket.destroy();
    else if (kind === 'both' && !inBody && lived > HEADERS_UNTIL_MS) {
      inBody = true;
      socket.write(head.slice(first.length));
    } else if (kind !== 'silent') socket.write(inBody ? ' ' : 'x-drip: 1\r\n');
  }, DRIP_MS);
  await closed;
  clearInterval(drip);
  return performance.now() - from;
}

interface Tally {
  readonly waits: number[];
  readonly failed: string[];
  readonly over: () => boolean;
}

/** Delivers at a steady pace over one connection. */
async function good({ port, path, secret }: CrowdOrder, number: number, { waits, failed, over }: Tally): Promise<void> {
  const client = await keepAliveClient(port);
  for (let turn = 0; !over(); turn += 1) {
    const id = `good-${number}-${turn}`;
    const request = signedRequest({ path, secret, id, body: Buffer.from(JSON.stringify({ id })) });
    const from = performance.now();
    try {
      const { status, body } = await client.send(request);
      if (status !== 202) failed.push(`a good request was answered with ${status}: ${body}`);
    } catch (error) {
      failed.push(`a good request failed: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    waits.push(performance.now() - from);
    await pause(GOOD_EVERY_MS);
  }
  client.close();
}
