import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { socketPathOf } from '../../src/disk/socket-path.ts';
import type { RunningGateway, Site } from '../cli/site.ts';
import { site } from '../cli/site.ts';
import { type Canary, canary, ENCODINGS, hits } from './canaries.ts';
import { PARROT } from './parrot.ts';
import { commandLines, paths, type Things } from './walk.ts';

/** A canary for every place of the configuration that can hold a secret. */
const SLOTS = {
  variable: canary('a variable in config', (core) => `q"uo\\te/${core}+&<é> %`),
  file: canary('a file in config', (core) => `${core}?/=a ü`),
  lines: canary(
    'a file of several lines',
    (core) => `first line here ${core}\nsecond "line" of it ${core.toLowerCase()}`,
  ),
  manifest: canary('a key that the manifest calls secret', (core) => `${core}'x'`),
  named: canary('a key that is called like a secret', (core) => `é漢${core}`),
  configured: canary('a key that service.redact.keys calls secret'),
  pattern: canary('service.redact.patterns', (core) => `pin-${core}`),
  env: canary('env of an instance', (core) => `<${core}&>`),
  argv: canary('argv of exec', (core) => `--x ${core}`),
  shell: canary('shell of exec'),
  execEnv: canary('env of exec', (core) => `${core}'"$`),
  hmac: canary('a secret of hmac'),
  bearer: canary('a secret of bearer'),
  basic: canary('a password of basic', (core) => `p:${core}`),
  challenge: canary('a token of a challenge'),
  with: canary('what a route passes', (core) => `${core}/with`),
  heartbeat: canary('the address of the heartbeat'),
  schedule: canary('the payload of a schedule'),
  envFile: canary('a file of --env-file', (core) => `ef-${core}`),
} satisfies Readonly<Record<string, Canary>>;
const CANARIES: readonly Canary[] = Object.values(SLOTS);

/** Known to nobody but the parrot: it must be found, or the search is blind. */
const UNKNOWN = canary('nowhere');

const PEM = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(SLOTS.lines.core.repeat(4))
  .toString('hex')
  .match(/.{1,64}/g)
  ?.join('\n')}\n-----END PRIVATE KEY-----\n`;

const CONFIG = `
service:
  state_dir: ./state
  heartbeat_url: http://127.0.0.1:9/\${HEARTBEAT}
  on_failure: { to: mourner }
  redact: { keys: [passcode], patterns: ["pin-[A-Za-z0-9]{16}"] }
defaults: { retry: { max_attempts: 1 } }
plugins:
  parrot:
    config:
      variable: "\${VARIABLE}"
      file: "\${file:secrets/file}"
      key: ${JSON.stringify(SLOTS.manifest.value)}
      token: ${JSON.stringify(SLOTS.named.value)}
      passcode: ${JSON.stringify(SLOTS.configured.value)}
    env: { OWN: "\${OWN}", PIN: ${SLOTS.pattern.value} }
    schedules:
      - { id: yearly, cron: "0 0 1 1 *", command: poll, payload: { note: "\${SCHEDULED}", mode: handle } }
  quiet: { uses: parrot, config: { file: "\${file:secrets/lines}", variable: "\${FROM_FILE}" } }
  argv: { uses: exec, config: { argv: [echo, "\${file:secrets/argv}"], emit: argv.done } }
  shell: { uses: exec, config: { shell: "echo \${SHELLED}; echo $TOLD >&2; exit 4", env: { TOLD: "\${TOLD}" } } }
  mourner: { uses: parrot }
routes:
  - { name: heard, event_type: parrot.said, when: "payload.n < 3", to: quiet, dedupe_key: "\${{ payload.word }}", with: { mode: handle, token: ${JSON.stringify(SLOTS.with.value)}, word: "\${{ payload.word }}" } }
  - { name: unheard, event_type: parrot.said, when: "payload.word == 'no such word'", to: quiet }
  - { name: broken, event_type: parrot.said, when: "payload.word.size() > 0 && payload.missing.size() > 0", to: quiet }
webhooks:
  listen: 127.0.0.1:0
  endpoints:
    - { name: signed, path: /signed, verify: { scheme: hmac, header: X-Sig, secrets: ["\${HMAC}"] }, to: quiet }
    - { name: shown, path: /shown, verify: { scheme: bearer, secrets: ["\${BEARER}"] }, to: quiet, emit: "hook.came", query: [q], headers: [X-Said] }
    - { name: asked, path: /asked, verify: { scheme: basic, username: user, secrets: [${JSON.stringify(SLOTS.basic.value)}] }, to: quiet, challenge: { kind: meta, token: ${SLOTS.challenge.value} } }
`;

const ENV = {
  VARIABLE: SLOTS.variable.value,
  OWN: SLOTS.env.value,
  SCHEDULED: SLOTS.schedule.value,
  SHELLED: SLOTS.shell.value,
  TOLD: SLOTS.execEnv.value,
  HMAC: SLOTS.hmac.value,
  BEARER: SLOTS.bearer.value,
  HEARTBEAT: SLOTS.heartbeat.value,
};

/** What plugins put there themselves and others get byte-exact. */
const EXACT: Readonly<Record<string, readonly string[]>> = {
  payloads: ['payload'],
  state_versions: ['value'],
  // An event is known by the id and the key that its plugin gave it.
  events: ['payload', 'id', 'dedupe_key'],
  jobs: ['dedupe_key', 'source_event_id'],
  decisions: ['event_id'],
  dedupe_marks: ['key'],
  deliveries: ['headers', 'query', 'body'],
};

/** Everything the parrot says: each secret in each encoding, and a private key that nobody told it. */
function words(canaries: readonly Canary[]): readonly string[] {
  const encoded = canaries.flatMap((one) => {
    // Of a pattern nobody knows the encodings.
    return one === SLOTS.pattern ? [one.value] : Object.values(ENCODINGS).map((encode) => encode(one.value));
  });
  return [...encoded, PEM];
}

function canarySite(t: Parameters<typeof site>[0], said: readonly string[]): Site {
  const own = site(t, CONFIG, {
    ...PARROT,
    'plugins/parrot/said.json': JSON.stringify(said),
    'secrets/file': SLOTS.file.value,
    'secrets/lines': `${SLOTS.lines.value}\n`,
    'secrets/argv': SLOTS.argv.value,
    'vars.env': `FROM_FILE=${SLOTS.envFile.value}\n`,
  });
  for (const name of ['secrets/file', 'secrets/lines', 'secrets/argv', 'vars.env'])
    chmodSync(join(own.dir, name), 0o600);
  return own;
}

/** Lets every part of the gateway see every secret. */
async function exercise(own: Site, { ids }: { readonly ids: Map<string, string> }): Promise<void> {
  const run = async (...args: readonly string[]): Promise<void> => {
    const { out, err } = await own.say('run', ...args, '--wait', '--json');
    const id = /"id":"([0-9a-f-]+)"/.exec(out)?.[1];
    assert.ok(id !== undefined, out + err);
    ids.set(args.join(' ').slice(0, 60), id);
  };
  const payload = (value: object): readonly string[] => ['--payload', JSON.stringify(value)];
  await run('parrot', 'poll', ...payload({ mode: 'ok', count: 60, events: 20 }));
  await run('parrot', 'poll', ...payload({ mode: 'ok', events: 400, said: SLOTS.variable.value }));
  for (const mode of ['garbage', 'exit', 'crash', 'error', 'flood']) await run('parrot', 'poll', ...payload({ mode }));
  const each = Object.keys(ENCODINGS).length;
  for (const [index, mode] of ['cut', 'status', 'type', 'key', 'error'].entries()) {
    for (const word of [index * each + 1, 5 * each + index]) {
      await run('parrot', 'poll', ...payload({ mode, word }));
    }
  }
  await run('argv', 'run');
  await run('shell', 'run');
  const key = `key ${SLOTS.file.value}`;
  for (let again = 0; again < 2; again += 1) {
    await own.say(
      'run',
      'quiet',
      'handle',
      ...payload({ mode: 'handle', token: SLOTS.env.value }),
      '--dedupe-key',
      key,
    );
    await own.say(
      'emit',
      'parrot.said',
      ...payload({ word: SLOTS.hmac.value, n: 9 }),
      '--dedupe-key',
      SLOTS.bearer.value,
    );
  }
  await own.say('schedule', 'run', 'parrot/yearly');
  await deliver(own);
}

/** Deliveries that are right, wrong and malformed, with secrets in body, query and headers. */
async function deliver(own: Site): Promise<void> {
  const { webhooks_at: at } = await own.json(0, 'status');
  const said = JSON.stringify({ mode: 'handle', said: CANARIES.map(({ value }) => value) });
  const bearer = `Bearer ${SLOTS.bearer.value}`;
  const basic = `Basic ${Buffer.from(`user:${SLOTS.basic.value}`).toString('base64')}`;
  const calls: readonly (readonly [string, Record<string, string>, string])[] = [
    [
      `/shown?q=${encodeURIComponent(SLOTS.variable.value)}`,
      { authorization: bearer, 'x-said': SLOTS.shell.value },
      said,
    ],
    ['/shown', { authorization: bearer }, `{"broken": ${said}`],
    ['/shown', { authorization: `Bearer ${SLOTS.hmac.value}` }, said],
    ['/asked', { authorization: basic }, said],
    ['/asked', { authorization: `${basic}x` }, said],
    ['/signed', { 'x-sig': SLOTS.hmac.value }, said],
  ];
  for (const [path, headers, body] of calls) {
    const answer = await fetch(`http://${at}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    assert.deepEqual(hits(CANARIES, await answer.text()), [], path);
  }
  for (const token of [SLOTS.challenge.value, SLOTS.bearer.value]) {
    const query = new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': '7' });
    await (await fetch(`http://${at}/asked?${query}`)).text();
  }
}

/** What there is by now. */
async function thingsOf(own: Site, jobs: readonly string[]): Promise<Things> {
  const ids = (list: readonly Record<string, string>[], key: string): readonly string[] =>
    list.map((one) => one[key] ?? '');
  const listed = await own.json(0, 'job', 'list', '--limit', '500');
  const events = await own.json(0, 'event', 'list', '--limit', '500');
  const deliveries = await own.json(0, 'webhook', 'deliveries');
  const versions = await own.json(0, 'config', 'history');
  return {
    instances: ['parrot', 'quiet', 'argv', 'shell', 'mourner'],
    jobs: [...new Set([...jobs, ...ids(listed['jobs'], 'id').slice(0, 5)])],
    events: ids(events['events'], 'event_id').slice(0, 8),
    deliveries: ids(deliveries['deliveries'], 'id'),
    schedules: ['parrot/yearly'],
    versions: ids(versions['versions'], 'version'),
    webhooks: ['signed', 'shown', 'asked'],
    routes: ['heard', 'unheard', 'broken'],
    fingerprints: ids((await own.json(0, 'dead', 'list'))['dead'], 'fingerprint'),
  };
}

/** The live stream from its beginning up to an event that is emitted for it, and what is said of the attempts of a job. */
async function streamText(own: Site, things: Things): Promise<ReadonlyMap<string, string>> {
  const { event_id: last } = await own.json(0, 'emit', 'walk.done');
  const [job = ''] = things.jobs;
  const streams: readonly (readonly [string, string])[] = [
    ['/api/v1/stream?after=0', last],
    [`/api/v1/jobs/${job}/logs/stream`, 'event: end'],
  ];
  const texts = new Map<string, string>();
  for (const [path, end] of streams) texts.set(`GET ${path}`, await readUntil(own, path, end));
  return texts;
}

/** What an answer says up to a text, or all of it. */
function readUntil(own: Site, path: string, end: string | null): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: socketPathOf(join(own.dir, 'state')), path }, (answer) => {
      if ((answer.statusCode ?? 500) >= 500) reject(new Error(`${path}: ${answer.statusCode}`));
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (end === null || !text.includes(end)) return;
        asked.destroy();
        resolve(text);
      });
      answer.on('end', () => resolve(text));
    });
    asked.setTimeout(20_000, () => asked.destroy(new Error(`${path} says no more and has not said ${end}`)));
    asked.on('error', reject).end();
  });
}

/** The bundles of the first jobs, which ended in every way, unpacked. */
async function bundleText(own: Site, { jobs }: Things): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const id of jobs.slice(0, 12)) {
    const file = join(own.dir, `${id}.tar.gz`);
    const { code, err } = await own.sayWith({ env: ENV }, 'bundle', id, '--out', file, '--env-file', 'vars.env');
    // A job that has not begun has nothing to replay.
    if (code === 0) texts.set(`the bundle of ${id}`, gunzipSync(readFileSync(file)).toString('latin1') + err);
    else assert.match(err, /has no attempt to replay/);
  }
  return texts;
}

async function apiText(own: Site, things: Things): Promise<ReadonlyMap<string, string>> {
  const answers = new Map<string, string>();
  for (const path of paths(things)) answers.set(`GET ${path}`, await readUntil(own, path, null));
  return answers;
}

async function commandText(
  own: Site,
  things: Things,
  ways: readonly (readonly string[])[],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const words of commandLines(things)) {
    for (const flags of ways) {
      const { code, out, err } = await own.sayWith({ env: ENV }, ...words, ...flags, '--env-file', 'vars.env');
      assert.ok(code !== 2, `${words.join(' ')}: ${err}`);
      texts.set(`ductile ${[...words, ...flags].join(' ')}`, out + err);
    }
  }
  return texts;
}

/** Every text and blob of the database, by table and column, but those that plugins put their own words into. */
function databaseText(own: Site): ReadonlyMap<string, string> {
  const db = new DatabaseSync(join(own.dir, 'state/ductile.db'), { readOnly: true });
  const texts = new Map<string, string>();
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();
  for (const { name } of tables) {
    const table = String(name);
    for (const row of db.prepare(`SELECT * FROM "${table}"`).all()) {
      for (const [column, value] of Object.entries(row)) {
        if (EXACT[table]?.includes(column) === true || value === null || typeof value === 'number') continue;
        const text = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value);
        texts.set(`${table}.${column}`, `${texts.get(`${table}.${column}`) ?? ''}\n${text}`);
      }
    }
  }
  db.close();
  return texts;
}

/** Every file of the state directory but the database, by its name and content. */
function fileText(dir: string, texts = new Map<string, string>()): ReadonlyMap<string, string> {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    const status = statSync(path);
    if (status.isDirectory()) fileText(path, texts);
    else if (status.isFile() && !name.startsWith('ductile.db'))
      texts.set(path, `${path}\n${readFileSync(path, 'latin1')}`);
  }
  return texts;
}

/** Everything that people or programs may see of a gateway that has heard every secret. */
async function everythingSeen(own: Site, gateway: RunningGateway): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  await exercise(own, { ids });
  const things = await thingsOf(own, [...ids.values()]);
  const running = [
    ...(await apiText(own, things)),
    ...(await streamText(own, things)),
    ...(await commandText(own, things, [[], ['--json']])),
    ...(await bundleText(own, things)),
  ];
  writeFileSync(join(own.dir, 'broken.yaml'), BROKEN);
  for (const words of [['check'], ['schedule', 'preview'], ['config', 'show']]) {
    const said = await own.sayWith({ env: ENV }, ...words, '--config', 'broken.yaml', '--env-file', 'vars.env');
    running.push([`ductile ${words.join(' ')} of a broken configuration`, said.out + said.err]);
  }
  assert.equal(await gateway.stop(), 0);
  const few = { ...things, jobs: things.jobs.slice(0, 6), events: things.events.slice(0, 2) };
  const after = await commandText(own, few, [[]]);
  return new Map([
    ...running,
    ...[...after].map(([what, text]) => [`${what}, without a gateway`, text] as const),
    ['the gateway’s standard output', gateway.io.stdout.text],
    ['the gateway’s standard error', gateway.io.stderr.text],
    ...databaseText(own),
    ...fileText(join(own.dir, 'state')),
  ]);
}

/** Secrets where they are wrong, so that messages quote them. */
const BROKEN = `
service: { state_dir: ./state, timezone: "\${VARIABLE}", dedupe_window: "\${TOLD}" }
plugins:
  parrot: { config: { key: { "\${OWN}": 1 }, token: "\${file:secrets/lines}" }, concurrency: "\${SHELLED}", schedules: [ { id: x, cron: "\${file:secrets/lines}" } ] }
  "\${HMAC}": { uses: "\${BEARER}" }
routes: [ { name: r, event_type: "\${HEARTBEAT}", to: "\${SCHEDULED}", when: "payload.\${FROM_FILE} ==" } ]
webhooks: { endpoints: [ { name: w, path: "\${OWN}", verify: { scheme: "\${HMAC}", secrets: ["\${BEARER}"] }, to: nobody } ] }
`;

test('no secret of a configuration is seen anywhere, whatever a plugin does with it', {
  timeout: 240_000,
}, async (t) => {
  const own = canarySite(t, words([...CANARIES, UNKNOWN]));
  const gateway = await own.start({ env: ENV }, '--env-file', 'vars.env');
  const seen = await everythingSeen(own, gateway);
  const found = [...seen].flatMap(([where, text]) =>
    hits(CANARIES, text)
      .slice(0, 3)
      .map((hit) => `${where}: ${hit}`),
  );
  assert.deepEqual(found, []);
  const blind = [
    'GET /api/v1/jobs/',
    'ductile job show',
    'attempts.',
    'results.',
    '/',
    'the gateway’s standard output',
  ];
  const sighted = [...seen].filter(([, text]) => hits([UNKNOWN], text).length > 0).map(([where]) => where);
  const unseen = blind.filter((beginning) => !sighted.some((where) => where.startsWith(beginning)));
  assert.deepEqual(unseen, [], 'a secret that nobody knows is found where the others are looked for');
});
