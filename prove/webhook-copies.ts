import { appendFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pause } from './ask.ts';
import type { CampaignOptions } from './campaign.ts';
import { armed, type Launched, launch, startUnderTest, underTest } from './gateway-under-test.ts';
import { type KeepAliveClient, keepAliveClient, type RawAnswer } from './keep-alive-client.ts';
import { seededRandom } from './random.ts';
import { signedRequest } from './signed-delivery.ts';
import type { Site } from './site.ts';

const COPIES = 50;
const FORGED = 10;
/** A gateway that has come to its end is gone within so many milliseconds. */
const KILLED_MS = 5_000;

/** An endpoint whose deliveries become jobs. */
export interface TargetEndpoint {
  readonly port: number;
  readonly name: string;
  readonly path: string;
  readonly secret: string;
}

/** What copies of deliveries were told. */
export interface CopiesFound {
  readonly kills: number;
  /** Copies that were answered, and those whose connection the kill broke. */
  readonly answered: number;
  readonly broken: number;
  readonly forged: number;
  readonly violations: readonly string[];
}

/**
 * Sends copies of deliveries at one time, again after a restart, and copies of others to a gateway that is killed
 * between the commit and the answer, again when it is back: each delivery is one job, all its answers have its id.
 * The gateway is stopped at the end; jobs that were told of are noted as acknowledged.
 */
export async function sendCopies(
  site: Site,
  endpoint: TargetEndpoint,
  { rounds, seed, say }: Pick<CampaignOptions, 'rounds' | 'seed' | 'say'>,
): Promise<CopiesFound> {
  const random = seededRandom(seed);
  const ledger = createLedger();
  const deliver = async (id: string): Promise<void> => ledger.note(id, await copies(endpoint, id, COPIES));
  let gateway = await startUnderTest(site.config);
  for (let round = 1; round <= rounds; round += 1) {
    const [one, other] = [`one-${seed}-${round}`, `other-${seed}-${round}`];
    ledger.noteForged(one, await forgeries(endpoint, one));
    await deliver(one);
    await gateway.kill('SIGTERM');
    const nth = COPIES + 1 + Math.floor(random() * COPIES);
    const doomed = launch(site.config, armed('enqueue.committed', nth));
    await underTest(doomed);
    await deliver(one);
    await deliver(other);
    ledger.noteEnd(await signalOf(doomed));
    gateway = await startUnderTest(site.config);
    await deliver(other);
    await deliver(one);
    say(`copies ${round} of ${rounds}`);
  }
  await gateway.kill('SIGTERM');
  const found = ledger.found(site, endpoint);
  appendFileSync(site.acknowledgements, found.jobs.map((id) => `${id}\n`).join(''), { flush: true });
  return found;
}

/** What ended a gateway that was to kill itself; one that lives on is ended, too. */
async function signalOf({ pid, ended }: Launched): Promise<NodeJS.Signals | null> {
  const exit = await Promise.race([ended, pause(KILLED_MS)]);
  if (exit !== undefined) return exit.signal;
  process.kill(pid, 'SIGTERM');
  return (await ended).signal;
}

/** Null: the connection broke before the answer. */
type Told = RawAnswer | null;

async function copies({ port, path, secret }: TargetEndpoint, id: string, count: number): Promise<readonly Told[]> {
  const request = signedRequest({ path, secret, id, body: Buffer.from(JSON.stringify({ id })) });
  return sendAll(port, Array<Buffer>(count).fill(request));
}

function forgeries({ port, path }: TargetEndpoint, id: string): Promise<readonly Told[]> {
  const body = Buffer.from(JSON.stringify({ id }));
  const request = signedRequest({ path, secret: 'what somebody guessed', id, body });
  return sendAll(port, Array<Buffer>(FORGED).fill(request));
}

/** One connection each, all open before the first request. */
async function sendAll(port: number, requests: readonly Buffer[]): Promise<readonly Told[]> {
  const clients = await Promise.all(requests.map(() => keepAliveClient(port)));
  const send = (client: KeepAliveClient, index: number): Promise<Told> =>
    client.send(requests[index] ?? Buffer.alloc(0)).catch(() => null);
  const told = await Promise.all(clients.map(send));
  for (const client of clients) client.close();
  return told;
}

function createLedger() {
  const ids = new Map<string, Set<string>>();
  const violations: string[] = [];
  let [kills, answered, broken, forged] = [0, 0, 0, 0];
  return {
    note(senderId: string, told: readonly Told[]): void {
      const known = ids.get(senderId) ?? new Set();
      ids.set(senderId, known);
      for (const answer of told) {
        if (answer === null) broken += 1;
        else if (answer.status !== 200 && answer.status !== 202)
          violations.push(`a copy of ${senderId} was answered with ${answer.status}: ${answer.body}`);
        else {
          answered += 1;
          const { delivery_id: id, job_id: jobId } = JSON.parse(answer.body);
          known.add(`${id} ${jobId}`);
        }
      }
      const first = told.filter((answer) => answer?.status === 202).length;
      if (first > 1) violations.push(`${first} copies of ${senderId} were each answered as the first one`);
    },
    noteForged(senderId: string, told: readonly Told[]): void {
      forged += told.length;
      const taken = told.filter((answer) => answer?.status !== 401).length;
      if (taken > 0) violations.push(`${taken} forgeries of ${senderId} were not answered with 401`);
    },
    noteEnd(signal: NodeJS.Signals | null): void {
      if (signal === 'SIGKILL') kills += 1;
      else violations.push('a gateway that was to be killed between commit and answer was not');
    },
    /** What is in the database of the gateway, which has ended, against what was told. */
    found(site: Site, endpoint: TargetEndpoint): CopiesFound & { readonly jobs: readonly string[] } {
      const stored = storedIn(site, endpoint.name);
      for (const [senderId, told] of ids) {
        const rows = stored.filter((row) => row.senderId === senderId);
        const there = rows.map(({ id, jobId }) => `${id} ${jobId}`);
        if (rows.length !== 1 || told.size !== 1 || !told.has(there[0] ?? ''))
          violations.push(
            `${senderId} was told to be ${[...told].join(', ')} and is ${there.join(', ') || 'not there'}`,
          );
      }
      const jobs = jobsOf(site, endpoint.name);
      if (jobs.length !== ids.size) violations.push(`${ids.size} deliveries became ${jobs.length} jobs`);
      if (answered === 0 || broken === 0) violations.push('no copy was answered, or no kill broke an answer off');
      return { kills, answered, broken, forged, violations, jobs };
    },
  };
}

interface StoredRow {
  readonly senderId: string;
  readonly id: string;
  readonly jobId: string;
}

function storedIn(site: Site, endpoint: string): readonly StoredRow[] {
  const sql = 'SELECT sender_id AS senderId, id, job_id AS jobId FROM deliveries WHERE endpoint = ?';
  return query(site, (database) => database.prepare(sql).all(endpoint) as unknown as StoredRow[]);
}

function jobsOf(site: Site, endpoint: string): readonly string[] {
  const sql = 'SELECT id FROM jobs WHERE submitted_by = ?';
  return query(site, (database) => database.prepare(sql).all(`webhook:${endpoint}`)).map(({ id }) => String(id));
}

function query<T>({ database: path }: Site, ask: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return ask(database);
  } finally {
    database.close();
  }
}
