import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Answer, ask, pause, until } from '../ask.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { type GatewayUnderTest, startUnderTest } from '../gateway-under-test.ts';
import { counts, drain, submitOne } from '../load.ts';
import { judge } from '../oracle.ts';
import { seededRandom } from '../random.ts';
import { addPlugin, configure, type Site, withSite } from '../site.ts';
import { WORK_MANIFEST, WORK_PROGRAM } from '../work-plugin.ts';

const SLOTS = 4;
const CLIENTS = 3;
const MOST_WAITING = 20;
/** By how much heap and descriptors may grow between the first fifth and the end of a run of this many rounds. */
const GROWTH = 0.05;
const ROUNDS_TO_JUDGE_GROWTH = 1_000;
const HEAP_PROBE = new URL('../heap-probe.ts', import.meta.url).href;
const PROBED_MS = 10_000;
/** By how much the pipes in reserve may differ between two looks. */
const SPARE_PIPES = 16;

/** Configurations that must be refused, and with which status. */
const INVALID: readonly ((valid: string) => readonly [text: string, status: number])[] = [
  (valid) => [valid.slice(0, -2), 400],
  (valid) => [valid.replace('"concurrency"', '"concurency"'), 400],
  (valid) => [valid.replace('"to":"sink"', '"to":"nobody"'), 400],
  (valid) => [valid.replace('"every":"1h"', '"cron":"61 * * * *"'), 400],
  (valid) => [valid.replace('"uses":"witness"', '"uses":"witnes"'), 400],
  (valid) => [valid.replace('"./state"', '"./elsewhere"'), 409],
];

/** Reloads under load, half of them invalid. */
export const reload: Campaign = {
  name: 'reload',
  about: 'reloads under load, every second one invalid, with instances that come and go while their jobs wait',
  passes: `no request is dropped, each reload is answered rightly, no attempt sees parts of two configurations, all that was acknowledged succeeds; heap after collection and descriptors grow by at most ${GROWTH * 100} % between rounds 200 and 1,000`,
  rounds: { short: 24, full: 1_000 },
  figures: { 'slowest reload': 'max' },
  run: (options) => withSite('reload', (site) => attack(site, options)),
};

async function attack(site: Site, { rounds, seed, say }: CampaignOptions): Promise<CampaignResult> {
  const random = seededRandom(seed);
  addWitness(site);
  const heapFile = join(site.dir, 'heap');
  writeConfig(site, { generation: 1, guest: true });
  const surroundings = { nodeOptions: ['--expose-gc', '--import', HEAP_PROBE], env: { HEAP_FILE: heapFile } };
  const gateway = await startUnderTest(site.config, surroundings);
  const violations: string[] = [];
  let inForce = await versionOf(site);
  const generations = new Map([[inForce, 1]]);
  let clients = startClients(site);
  let slowest = 0;
  let early: Footprint | null = null;
  const invalid = Math.floor(rounds / 2);
  for (let round = 1; round <= rounds; round += 1) {
    const guest = Math.floor(round / 4) % 2 === 0;
    const valid = writeConfig(site, { generation: round + 1, guest });
    const refused = round % 2 === 0 ? INVALID[(round / 2) % INVALID.length] : undefined;
    const [text, status] = refused?.(valid) ?? [valid, 200];
    writeFileSync(site.config, text);
    const from = performance.now();
    const answer = await ask(site.socket, { method: 'POST', path: '/api/v1/reload', body: {} });
    slowest = Math.max(slowest, performance.now() - from);
    const wrong = misjudged(answer, { status, inForce });
    if (wrong !== null) violations.push(`round ${round}: ${wrong}`);
    if (status === 200) {
      inForce = String(answer.body['version']);
      generations.set(inForce, round + 1);
      if (guest) for (let job = 0; job < 3; job += 1) await submitOne(site, { instance: 'guest' });
    }
    if ((await versionOf(site)) !== inForce) violations.push(`round ${round}: another version is in force`);
    await pause(random() * 10);
    say(`reload ${round} of ${rounds}`);
    if (round === Math.floor(rounds / 5)) {
      violations.push(...(await clients.stop()));
      early = await footprint(site, gateway, heapFile);
      clients = startClients(site);
    }
  }
  violations.push(...(await clients.stop()));
  await drain(site.socket);
  const late = await footprint(site, gateway, heapFile);
  await gateway.kill('SIGTERM');
  // The oracle reads the routes there.
  writeConfig(site, { generation: rounds + 2, guest: true });
  const found = judge(site);
  const { violations: judged, orders: _, ...figures } = found;
  const witnessed = witnesses(site);
  violations.push(...judged, ...mixed(site, witnessed, generations));
  if (witnessed.length === 0) violations.push('no attempt was looked at');
  if (rounds >= ROUNDS_TO_JUDGE_GROWTH && early !== null) violations.push(...grown(early, late));
  return {
    faults: invalid,
    figures: {
      ...figures,
      reloads: rounds,
      'attempts looked at': witnessed.length,
      'slowest reload': `${slowest.toFixed(0)} ms`,
      'heap after a fifth': mebibytes(early),
      'heap at the end': mebibytes(late),
      'descriptors after a fifth': `${early?.descriptors ?? 0} and ${early?.pipes ?? 0} pipes`,
      'descriptors at the end': `${late.descriptors} and ${late.pipes} pipes`,
    },
    violations,
  };
}

/** The plugin `work` that also tells which configuration it was given, in its three parts. */
function addWitness(site: Site): void {
  const tell = 'echo "$job $attempt $generation $again $GENERATION" >> "$effects.witness"';
  const read = (key: string): string => `after '"${key}":'; ${key}=\${rest%%[!0-9]*}\n`;
  addPlugin(site, {
    name: 'witness',
    manifest: WORK_MANIFEST.replace('name: work', 'name: witness').replace('strays,', 'strays, generation, again,'),
    program: WORK_PROGRAM.replace('tell begin', `${read('generation')}${read('again')}${tell}\ntell begin`),
  });
  writeFileSync(`${site.effects}.witness`, '');
}

/** Writes a valid configuration and gives its text. */
function writeConfig(
  site: Site,
  { generation, guest }: { readonly generation: number; readonly guest: boolean },
): string {
  configure(site, (work) => ({
    service: { concurrency: SLOTS, on_remove: 'run' },
    plugins: {
      quick: work({ config: { takes: 0.02, emits: 'work.done' }, concurrency: 2 + (generation % 3) }),
      sink: work({ concurrency: 2, more: { schedules: [{ every: '1h' }] } }),
      witness: work({
        config: { generation, takes: 0.05, again: generation },
        concurrency: 2,
        more: { uses: 'witness', env: { GENERATION: String(generation) } },
      }),
      ...(guest ? { guest: work({ config: { takes: 0.01 } }) } : {}),
    },
    routes: [{ name: 'on', event_type: 'work.done', from: 'quick', to: 'sink', priority: generation % 5 }],
  }));
  return readFileSync(site.config, 'utf8');
}

/** Clients that submit one job after the other; whatever is not an acknowledgement is a violation. */
function startClients(site: Site): { stop(): Promise<readonly string[]> } {
  const surprises: string[] = [];
  let stopped = false;
  async function submit(instance: string): Promise<void> {
    while (!stopped) {
      try {
        if ((await counts(site.socket)).queued > MOST_WAITING) await pause(20);
        else await submitOne(site, { instance });
      } catch (error) {
        surprises.push(`a request was dropped: ${error instanceof Error ? error.message : error}`);
        return;
      }
    }
  }
  const done = Promise.all(Array.from({ length: CLIENTS }, (_, n) => submit(n % 2 === 0 ? 'witness' : 'quick')));
  return {
    async stop() {
      stopped = true;
      await done;
      return surprises;
    },
  };
}

async function versionOf({ socket }: Site): Promise<string> {
  return String((await ask(socket, { method: 'GET', path: '/api/v1/status' })).body['config_version']);
}

function misjudged(
  { status, body }: Answer,
  expected: { readonly status: number; readonly inForce: string },
): string | null {
  if (status !== expected.status) return `a reload was answered with ${status}: ${JSON.stringify(body)}`;
  if (status === 200) {
    return body['previous_version'] === expected.inForce && body['unchanged'] === false
      ? null
      : `a reload did not follow on ${expected.inForce}: ${JSON.stringify(body)}`;
  }
  const { problems } = body;
  return status === 409 || (Array.isArray(problems) && problems.length > 0) ? null : 'a refusal named no problem';
}

interface Witness {
  readonly jobId: string;
  readonly attempt: number;
  readonly generations: readonly string[];
}

function witnesses({ effects }: Site): readonly Witness[] {
  const lines = readFileSync(`${effects}.witness`, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [jobId = '', attempt = '', ...generations] = line.split(' ');
    return { jobId, attempt: Number(attempt), generations };
  });
}

/** Attempts that were given parts of two configurations, or that are recorded with another one. */
function mixed(
  { database: path }: Site,
  witnessed: readonly Witness[],
  generations: ReadonlyMap<string, number>,
): readonly string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const recorded = database.prepare(
      'SELECT a.config_version AS version FROM attempts AS a JOIN jobs AS j ON j.seq = a.job_seq WHERE j.id = ? AND a.attempt = ?',
    );
    return witnessed.flatMap(({ jobId, attempt, generations: [one = '', ...others] }) => {
      const version = String(recorded.get(jobId, attempt)?.['version']);
      const same = others.length === 2 && others.every((other) => other === one);
      if (same && String(generations.get(version)) === one) return [];
      return [`attempt ${attempt} of ${jobId} saw ${[one, ...others].join(', ')}, recorded with ${version}`];
    });
  } finally {
    database.close();
  }
}

interface Footprint {
  readonly heapBytes: number;
  /** Those that are neither sockets, which come and go with clients, nor pipes. */
  readonly descriptors: number;
  /** Some are kept for the next attempts, up to a number. */
  readonly pipes: number;
}

/** What a gateway that has nothing to do holds. */
async function footprint(site: Site, { pid }: GatewayUnderTest, heapFile: string): Promise<Footprint> {
  await drain(site.socket);
  const heaps: number[] = [];
  for (let look = 0; look < 3; look += 1) {
    rmSync(heapFile, { force: true });
    process.kill(pid, 'SIGUSR2');
    heaps.push(await until('the heap is told', PROBED_MS, () => numberIn(heapFile)));
  }
  const open = readdirSync(`/proc/${pid}/fd`).map((name) => targetOf(`/proc/${pid}/fd/${name}`));
  const isPipe = (target: string | null): boolean => target?.startsWith('pipe:') === true;
  const pipes = open.filter(isPipe).length;
  // What is read in /proc at this moment is closed in the next.
  const passing = /^(socket:|pipe:|\/proc\/)/;
  const descriptors = open.filter((target) => target !== null && !passing.test(target)).length;
  return { heapBytes: Math.min(...heaps), descriptors, pipes };
}

function numberIn(file: string): number | null {
  try {
    const text = readFileSync(file, 'utf8');
    return text.endsWith('\n') ? Number(text) : null;
  } catch {
    return null;
  }
}

function targetOf(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}

function grown(early: Footprint, late: Footprint): readonly string[] {
  const violations = (['heapBytes', 'descriptors'] as const)
    .filter((what) => late[what] > early[what] * (1 + GROWTH))
    .map((what) => `${what} grew from ${early[what]} to ${late[what]}`);
  return late.pipes > early.pipes + SPARE_PIPES
    ? [...violations, `pipes grew from ${early.pipes} to ${late.pipes}`]
    : violations;
}

function mebibytes(footprint: Footprint | null): string {
  return footprint === null ? 'unknown' : `${(footprint.heapBytes / 1_048_576).toFixed(2)} MiB`;
}
