import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ask } from '../prove/ask.ts';
import { freePort } from '../prove/free-port.ts';
import { killGateways, startUnderTest } from '../prove/gateway-under-test.ts';
import { type KeepAliveClient, keepAliveClient } from '../prove/keep-alive-client.ts';
import { signedRequest } from '../prove/signed-delivery.ts';
import { configure, siteAt } from '../prove/site.ts';

// Acknowledged deliveries per second, each with its own id and body, over 32 connections that stay open: a gateway in a
// process of its own, which has each in its database before it answers, against a Fastify handler that computes the same
// HMAC and stores nothing, and one that also does one fdatasync for each 32 of them. All in the same run, in turns, sent
// by the same clients, signed beforehand. Nothing runs meanwhile: the event has no route, the instance of the job is paused.

const CONNECTIONS = 32;
const ROUNDS = 9;
const PER_ROUND = 3_000;
const WARM_UP = 3_000;
const BODY_BYTES = 1_024;
const SECRET = 'a-secret-that-is-long-enough';
const OF_BARE = 0.6;
const OF_SYNCED = 0.8;

/** Something that takes deliveries. */
interface Taker {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  /** Deliveries per second, one a round. */
  readonly rates: number[];
}

function bodyOf(): Buffer {
  const filler = randomBytes(BODY_BYTES / 2).toString('hex');
  const body = { ref: 'refs/heads/main', after: randomUUID(), commits: [{ message: '', added: ['src/main.ts'] }] };
  const left = BODY_BYTES - JSON.stringify(body).length;
  return Buffer.from(
    JSON.stringify({ ...body, commits: [{ message: filler.slice(0, left), added: ['src/main.ts'] }] }),
  );
}

/** Sends so many deliveries over all the connections; resolves to how many were acknowledged per second. */
async function rateOf({ name, path, port }: Taker, count: number): Promise<number> {
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => keepAliveClient(port)));
  const requests = Array.from({ length: count }, () =>
    signedRequest({ path, secret: SECRET, id: randomUUID(), body: bodyOf() }),
  );
  const send = async (client: KeepAliveClient): Promise<void> => {
    for (let request = requests.pop(); request !== undefined; request = requests.pop()) {
      const { status, body } = await client.send(request);
      if (status !== 202) throw new Error(`${name} answered ${status}: ${body}`);
    }
  };
  const startedAt = performance.now();
  await Promise.all(clients.map(send));
  const rate = count / ((performance.now() - startedAt) / 1_000);
  for (const client of clients) client.close();
  return rate;
}

/** Starts one and resolves to its port. */
async function startBaseline(file: string | null): Promise<number> {
  const program = join(import.meta.dirname, 'webhook-baseline.ts');
  const child = spawn(process.execPath, [program, SECRET, ...(file === null ? [] : [file])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  baselines.push(child);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return Number(line);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Of rates that were measured in turns: the median of what one is of the other in each round. */
function ratio(one: Taker, other: Taker): number {
  return median(one.rates.map((rate, round) => rate / (other.rates[round] ?? Number.NaN)));
}

const baselines: ChildProcess[] = [];
const dir = mkdtempSync(join(tmpdir(), 'ductile-bench-'));
const site = siteAt(dir);
const port = await freePort();
const verify = { scheme: 'github', secrets: [SECRET] };
configure(site, () => ({
  service: { max_queued: 10_000_000 },
  plugins: { held: { uses: 'exec', config: { argv: ['true'] } } },
  webhooks: {
    listen: `127.0.0.1:${port}`,
    endpoints: [
      { name: 'event', path: '/hook/event', verify, emit: 'bench.delivered' },
      { name: 'job', path: '/hook/job', verify, to: 'held' },
      { name: 'observed', path: '/hook/observed', verify, to: 'held', mode: 'observe' },
    ],
  },
}));
try {
  const gateway = await startUnderTest(site.config);
  await ask(site.socket, { method: 'POST', path: '/api/v1/instances/held/pause' });
  const bare = await startBaseline(null);
  const synced = await startBaseline(join(dir, 'bodies'));
  const event: Taker = { name: 'gateway, an event', port, path: '/hook/event', rates: [] };
  const job: Taker = { name: 'gateway, a job', port, path: '/hook/job', rates: [] };
  const observed: Taker = { name: 'gateway, observed', port, path: '/hook/observed', rates: [] };
  const stores: Taker = { name: 'Fastify, 1 fdatasync a 32', port: synced, path: '/hook', rates: [] };
  const nothing: Taker = { name: 'Fastify, stores nothing', port: bare, path: '/hook', rates: [] };
  const takers = [event, nothing, job, stores, observed];
  for (const taker of takers) await rateOf(taker, WARM_UP);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const taker of takers) taker.rates.push(await rateOf(taker, PER_ROUND));
  await gateway.kill('SIGTERM');

  console.log(
    `acknowledged deliveries per second, ${CONNECTIONS} connections, medians of ${ROUNDS} rounds of ${PER_ROUND}`,
  );
  const gateways = [observed, event, job];
  for (const taker of [nothing, stores, ...gateways]) {
    const ratios = gateways.includes(taker)
      ? `  × ${ratio(taker, nothing).toFixed(2)} of the first, × ${ratio(taker, stores).toFixed(2)} of the second`
      : '';
    console.log(`  ${taker.name.padEnd(26)} ${median(taker.rates).toFixed(0).padStart(6)}${ratios}`);
  }
  const passed = gateways.every((taker) => ratio(taker, stores) >= OF_SYNCED);
  const free = gateways.every((taker) => ratio(taker, nothing) >= OF_BARE);
  console.log(`${passed ? 'PASS' : 'FAIL'} at least ${OF_SYNCED} of the one that syncs`);
  console.log(`${free ? 'PASS' : 'FAIL'} at least ${OF_BARE} of the one that stores nothing, where the disk allows it`);
  process.exitCode = passed && free ? 0 : 1;
} finally {
  killGateways();
  for (const child of baselines) child.kill('SIGTERM');
  rmSync(dir, { recursive: true, force: true });
}
