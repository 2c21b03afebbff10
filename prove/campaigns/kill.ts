import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { ask, startUnderTest } from '../gateway-under-test.ts';
import { judge } from '../oracle.ts';
import { seededRandom } from '../random.ts';

const SIZES = {
  short: { kills: 8, clients: 4 },
  full: { kills: 1_000, clients: 8 },
} as const;

const SLOTS = 8;
/** A gateway lives between these spans before it is killed, in milliseconds. */
const LIVES_MS = { least: 100, most: 900 } as const;
/** How long the queue may take to run empty at the end, in milliseconds. */
const DRAIN_MS = 120_000;

const PLUGIN = `#!/usr/bin/env python3
import json, os, sys, time
request = json.load(sys.stdin)
def tell(what):
    line = "%s %d %s\\n" % (request["job_id"], request["attempt"], what)
    os.write(log, line.encode())
log = os.open(request["config"]["effects"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
tell("begin")
time.sleep(request["config"].get("takes", 0))
tell("end")
events = [{"type": request["config"]["emits"], "payload": {"of": request["job_id"]}}] if "emits" in request["config"] else []
print(json.dumps({"protocol": 1, "status": "ok", "events": events}))
`;
const MANIFEST = `name: work
protocol: 1
entrypoint: run.py
commands: [poll, handle]
config_keys: { required: [effects], optional: [emits, takes] }
`;

/** `kill -9` at random moments, under load with two-hop routes and a schedule. */
export const kill: Campaign = {
  name: 'kill',
  about:
    'kill -9 at random times under load: nothing acknowledged is lost, no attempt overlaps, no downstream job is doubled',
  async run(options) {
    const dir = mkdtempSync(join(tmpdir(), 'ductile-prove-kill-'));
    try {
      return await attack(dir, options);
    } finally {
      rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    }
  },
};

async function attack(dir: string, { size, seed, say }: CampaignOptions): Promise<CampaignResult> {
  const { kills, clients } = SIZES[size];
  const random = seededRandom(seed);
  const site = prepare(dir);
  const acknowledged = openSync(site.acknowledgements, 'a', 0o600);
  let inFlight = 0;
  for (let round = 1; round <= kills; round += 1) {
    const gateway = await startUnderTest(site.config);
    const life = LIVES_MS.least + random() * (LIVES_MS.most - LIVES_MS.least);
    const dying = new AbortController();
    const load = Promise.all(Array.from({ length: clients }, () => submitUntil(dying.signal, site, acknowledged)));
    await pause(life);
    inFlight += await running(site.socket);
    await gateway.kill('SIGKILL');
    dying.abort();
    await load;
    say(`killed ${round} of ${kills}`);
  }
  closeSync(acknowledged);
  const last = await startUnderTest(site.config);
  await drain(site.socket);
  await last.kill('SIGTERM');
  const { violations, duplicates, ...figures } = judge(site);
  const tooMany = duplicates > kills * SLOTS ? [`${duplicates} duplicates for ${kills} kills with ${SLOTS} slots`] : [];
  return {
    faults: kills,
    figures: { ...figures, duplicates, 'in flight at a kill': inFlight },
    violations: [...violations, ...tooMany],
  };
}

function prepare(dir: string) {
  const plugin = join(dir, 'plugins/work');
  mkdirSync(plugin, { recursive: true });
  writeFileSync(join(plugin, 'manifest.yaml'), MANIFEST);
  writeFileSync(join(plugin, 'run.py'), PLUGIN);
  chmodSync(join(plugin, 'run.py'), 0o755);
  const effects = join(dir, 'effects.log');
  const acknowledgements = join(dir, 'acknowledged.log');
  for (const file of [effects, acknowledgements]) writeFileSync(file, '');
  const instance = (more: object, schedules?: object) => ({
    uses: 'work',
    concurrency: SLOTS,
    config: { effects, takes: 0.02, ...more },
    ...(schedules === undefined ? {} : { schedules }),
  });
  const config = {
    service: { state_dir: './state', concurrency: SLOTS },
    plugins: {
      first: instance({ emits: 'hop.one' }, { every: '1s' }),
      second: instance({ emits: 'hop.two' }),
      third: instance({}),
    },
    routes: [
      { name: 'one', event_type: 'hop.one', to: 'second' },
      { name: 'two', event_type: 'hop.two', to: 'third' },
    ],
  };
  // JSON is YAML, too.
  writeFileSync(join(dir, 'ductile.yaml'), JSON.stringify(config));
  return {
    config: join(dir, 'ductile.yaml'),
    socket: join(dir, 'state/ductile.sock'),
    database: join(dir, 'state/ductile.db'),
    effects,
    acknowledgements,
  };
}

/** Submits jobs one after the other until the gateway dies, noting each acknowledgement on the disk. */
async function submitUntil(dying: AbortSignal, { socket }: { socket: string }, acknowledged: number): Promise<void> {
  while (!dying.aborted) {
    try {
      const body = { instance: 'first', command: 'handle', payload: { at: performance.now() } };
      const answer = await ask(socket, { method: 'POST', path: '/api/v1/jobs', body });
      if (answer.status !== 201) throw new Error(`the gateway answered ${answer.status}`);
      writeSync(acknowledged, `${String(answer.body.job_id)}\n`);
      fsyncSync(acknowledged);
    } catch {
      // No answer, no promise: whether that job exists is the gateway's business.
      return;
    }
  }
}

async function running(socket: string): Promise<number> {
  const { jobs } = (await ask(socket, { method: 'GET', path: '/api/v1/status' })).body as { jobs: { running: number } };
  return jobs.running;
}

async function drain(socket: string): Promise<void> {
  const deadline = performance.now() + DRAIN_MS;
  for (;;) {
    const { body } = await ask(socket, { method: 'GET', path: '/api/v1/status' });
    const { queued, running: now } = body.jobs as { queued: number; running: number };
    if (queued + now === 0) return;
    if (performance.now() > deadline) throw new Error(`${queued} jobs are still queued, ${now} running`);
    await pause(100);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
