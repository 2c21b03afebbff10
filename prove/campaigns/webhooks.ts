import { readdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { until } from '../ask.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { sendCrowd } from '../crowd.ts';
import { freePort } from '../free-port.ts';
import { startUnderTest } from '../gateway-under-test.ts';
import { drain } from '../load.ts';
import { judge } from '../oracle.ts';
import { configure, type Site, withSite } from '../site.ts';
import { sendCopies } from '../webhook-copies.ts';
import { LIES_CAP, tellLies } from '../webhook-lies.ts';

const SECRET = 'a-secret-that-is-long-enough';
const SLOW_EACH = 25;
const SECONDS_EACH = 3;
const SLOW_CLOSED_MS = 17_000;
const GOOD_P99_MS = 250;
/** How long connections of clients that are gone may stay open, in milliseconds. */
const LEFT_MS = 10_000;

/** Deliveries that come again, clients that do not come to an end, and bodies that lie. */
export const webhooks: Campaign = {
  name: 'webhooks',
  about: `each round: 50 copies of a delivery at once, after forgeries of it, again after a restart, and 50 of another while the gateway is killed between commit and answer, again afterwards; then for each round ${SLOW_EACH} clients with slow headers and ${SLOW_EACH} with slow bodies, some slow in both and some silent, for ${SECONDS_EACH} s beside good ones; then bodies that lie about their length, go past the cap in chunks, or are gzip bombs`,
  passes: `each delivery is exactly one job, and all its answers are 2xx with one id; p99 of good requests below ${GOOD_P99_MS} ms and none failed, slow clients closed within ${SLOW_CLOSED_MS / 1_000} s, descriptors back to the start; of a body that lies at most the cap and 64 KiB are read, and nothing is taken`,
  rounds: { short: 2, full: 20 },
  run: (options) => withSite('webhooks', (site) => attack(site, options)),
};

async function attack(site: Site, options: CampaignOptions): Promise<CampaignResult> {
  const port = await freePort();
  describe(site, port);
  const endpoint = (name: string) => ({ port, name, path: `/hook/${name}`, secret: SECRET });
  const copies = await sendCopies(site, endpoint('job'), options);

  const gateway = await startUnderTest(site.config);
  await drain(site.socket);
  const lies = await tellLies(endpoint('lies'), gateway.pid);
  const before = descriptors(gateway.pid);
  options.say('a crowd of slow clients');
  const each = SLOW_EACH * options.rounds;
  const few = Math.ceil(each / 10);
  const crowd = await sendCrowd({
    ...endpoint('event'),
    clients: { headers: each, body: each, both: few, silent: few },
    seconds: SECONDS_EACH * options.rounds,
  });
  await until('descriptors are back to the start', LEFT_MS, () => (descriptors(gateway.pid) <= before ? true : null));
  await drain(site.socket);
  await gateway.kill('SIGTERM');

  const longest = Math.max(...Object.values(crowd.longest));
  const taken = deliveriesTo(site, 'lies');
  const { violations: judged, orders: _, ...figures } = judge(site);
  return {
    faults: copies.kills + copies.forged + lies.told + crowd.closed,
    figures: {
      ...figures,
      'kills between commit and answer': copies.kills,
      'copies that were answered': copies.answered,
      'copies whose answer a kill broke off': copies.broken,
      'forgeries refused': copies.forged,
      'slow clients closed': crowd.closed,
      'longest that one was let in': `${longest.toFixed(0)} ms`,
      'good requests beside them': crowd.good,
      'p50 of them': `${crowd.p50.toFixed(1)} ms`,
      'p99 of them': `${crowd.p99.toFixed(1)} ms`,
      'descriptors before and afterwards': before,
      'lies told': lies.told,
      'lies whose refusal was seen': lies.answered,
      'most read of one': `${Math.round(lies.mostRead / 1_024)} KiB of at most ${LIES_CAP / 1_024 + 64}`,
    },
    violations: [
      ...copies.violations,
      ...lies.violations,
      ...(taken > 0 ? [`${taken} bodies that lie were taken`] : []),
      ...crowd.failed,
      ...(crowd.refused > 0 ? [`${crowd.refused} clients could not connect`] : []),
      ...(crowd.p99 < GOOD_P99_MS ? [] : [`p99 of good requests was ${crowd.p99.toFixed(0)} ms`]),
      ...Object.entries(crowd.longest)
        .filter(([, ms]) => ms > SLOW_CLOSED_MS || ms === 0)
        .map(([kind, ms]) => `of the slow clients (${kind}) one was let in for ${ms.toFixed(0)} ms`),
      ...judged,
    ],
  };
}

function describe(site: Site, port: number): void {
  const verify = { scheme: 'github', secrets: [SECRET] };
  configure(site, (work) => ({
    service: { concurrency: 4 },
    plugins: { target: work() },
    webhooks: {
      listen: `127.0.0.1:${port}`,
      endpoints: [
        { name: 'job', path: '/hook/job', verify, to: 'target' },
        { name: 'event', path: '/hook/event', verify, emit: 'prove.delivered' },
        { name: 'lies', path: '/hook/lies', verify, emit: 'prove.lied', max_body: `${LIES_CAP / 1_024}KiB` },
      ],
    },
  }));
}

function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function deliveriesTo({ database: path }: Site, endpoint: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare('SELECT count(*) AS n FROM deliveries WHERE endpoint = ?').get(endpoint)?.n);
  } finally {
    database.close();
  }
}
