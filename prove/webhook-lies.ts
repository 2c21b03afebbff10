import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { pause } from './ask.ts';
import { closeOf } from './keep-alive-client.ts';
import { signedHead } from './signed-delivery.ts';
import type { TargetEndpoint } from './webhook-copies.ts';

/** The largest body that the endpoint of lies takes, in bytes. */
export const LIES_CAP = 262_144;
/** What may be read beyond it: what was under way, and the head of the request with what frames the chunks. */
const BEYOND = 65_536;
const AROUND = 1_024;
/** The gateway reads its database meanwhile, which /proc does not tell apart; the least of so many times is the sender's. */
const TRIES = 4;
/** What a liar sends at most, in bytes, and how long one may be let in, in milliseconds. */
const SENT = 16 * 1_048_576;
const CLOSED_MS = 17_000;

/** A request whose body is not what it says. */
interface Lie {
  readonly name: string;
  /** How it may be answered; the connection may also end without an answer. */
  readonly statuses: readonly number[];
  /** Headers after those of the scheme, one a line. */
  readonly more: string;
  /** What was signed. */
  readonly signed: Buffer;
  /** What is sent of a body; what is longer than that is sent again and again. */
  readonly sent: Buffer;
  readonly times: number;
  /** True: the sender says that it is done. */
  readonly ends?: boolean;
}

const SMALL = Buffer.from('{"small":true}');
const FILLER = Buffer.alloc(65_536, ' ');
const CHUNK = Buffer.concat([Buffer.from('10000\r\n'), FILLER, Buffer.from('\r\n')]);
const BOMB = gzipSync(Buffer.alloc(64 * 1_048_576));

const over = { signed: FILLER, sent: FILLER, times: SENT / FILLER.length };
const small = { signed: SMALL, sent: SMALL, times: 1 };
const bomb = { signed: BOMB, sent: BOMB, times: 1 };

const LIES: readonly Lie[] = [
  { name: 'declared over the cap', statuses: [413], more: `content-length: ${SENT}`, ...over },
  {
    name: 'declared as more than a number holds',
    statuses: [400, 413],
    more: `content-length: ${'9'.repeat(30)}`,
    ...over,
  },
  { name: 'in chunks over the cap', statuses: [413], more: 'transfer-encoding: chunked', ...over, sent: CHUNK },
  {
    name: 'one chunk over the cap',
    statuses: [413],
    more: 'transfer-encoding: chunked',
    signed: FILLER,
    sent: Buffer.concat([Buffer.from('7fffffff\r\n'), Buffer.alloc(SENT, ' ')]),
    times: 1,
  },
  { name: 'longer than declared', statuses: [400, 401], more: `content-length: ${SMALL.length}`, ...over },
  { name: 'shorter than declared', statuses: [400], more: 'content-length: 1000', ...small, ends: true },
  { name: 'a length and chunks', statuses: [400], more: 'content-length: 14\r\ntransfer-encoding: chunked', ...small },
  { name: 'two lengths', statuses: [400], more: 'content-length: 14\r\ncontent-length: 15', ...small },
  ...['-1', '+14', '0x0e', '1e1', '14, 14'].map((length) => ({
    name: `the length ${length}`,
    statuses: [400],
    more: `content-length: ${length}`,
    ...small,
  })),
  { name: 'a chunk without a size', statuses: [400], more: 'transfer-encoding: chunked', ...small },
  ...['gzip', 'deflate', 'br', 'gzip, identity'].map((encoding) => ({
    name: `a bomb as ${encoding}`,
    statuses: [415],
    more: `content-encoding: ${encoding}\r\ncontent-length: ${BOMB.length}`,
    ...bomb,
  })),
  { name: 'a bomb that is not declared', statuses: [400], more: `content-length: ${BOMB.length}`, ...bomb },
  {
    name: 'a bomb in a transfer encoding',
    statuses: [400, 415, 501],
    more: 'transfer-encoding: gzip, chunked',
    signed: BOMB,
    sent: Buffer.concat([Buffer.from(`${BOMB.length.toString(16)}\r\n`), BOMB, Buffer.from('\r\n0\r\n\r\n')]),
    times: 1,
  },
];

/** What became of the lies. */
export interface LiesFound {
  readonly told: number;
  /** Those that were answered before the connection ended. */
  readonly answered: number;
  /** The most that the gateway read of one, its head included, in bytes. */
  readonly mostRead: number;
  readonly violations: readonly string[];
}

/** Tells each lie once, one after the other; nothing else may be asked of the gateway meanwhile. */
export async function tellLies(endpoint: TargetEndpoint, pid: number): Promise<LiesFound> {
  const violations: string[] = [];
  let [told, answered, mostRead] = [0, 0, 0];
  for (const lie of LIES) {
    let least = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < TRIES && least > LIES_CAP + BEYOND + AROUND; tries += 1) {
      const before = bytesRead(pid);
      const { status, ms } = await tell(endpoint, lie);
      least = Math.min(least, bytesRead(pid) - before);
      told += 1;
      if (status !== null) answered += 1;
      if (status !== null && !lie.statuses.includes(status))
        violations.push(`a body (${lie.name}) was answered with ${status}`);
      if (ms > CLOSED_MS) violations.push(`a body (${lie.name}) was let in for ${ms.toFixed(0)} ms`);
    }
    mostRead = Math.max(mostRead, least);
    if (least > LIES_CAP + BEYOND + AROUND) violations.push(`of a body (${lie.name}) ${least} bytes were read`);
  }
  return { told, answered, mostRead, violations };
}

/** Sends as much as is taken. */
async function tell({ port, path, secret }: TargetEndpoint, lie: Lie) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  const closed = closeOf(socket);
  await once(socket, 'connect');
  const from = performance.now();
  const timer = setTimeout(() => socket.destroy(), CLOSED_MS + 3_000);
  socket.write(signedHead({ path, secret, id: `lie ${lie.name}`, body: lie.signed }, lie.more));
  for (let left = lie.times; left > 0 && !socket.destroyed; left -= 1) {
    // The sender of a large one sees that it is refused before it has sent it all.
    if (socket.write(lie.sent)) await pause(0);
    else await Promise.race([drained(socket), closed]);
  }
  if (lie.ends) socket.end();
  await closed;
  clearTimeout(timer);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? Number.NaN);
  return { status: Number.isNaN(status) ? null : status, ms: performance.now() - from };
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('drain', () => resolve());
  });
}

/** Bytes that a process has read so far, wherever from. */
function bytesRead(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1]);
}
