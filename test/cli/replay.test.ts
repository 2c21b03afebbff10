import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { runCli } from '../../src/cli/run-cli.ts';
import { writeTar } from '../../src/disk/tar.ts';
import type { Answer } from '../e2e/gateway-process.ts';
import { fakeIo } from './fake-io.ts';
import { type Site, site } from './site.ts';

const CANARY = 'canary-8f3a1c55d0';
const TOKEN = 'token-of-then-71f2';

/** A plugin that ends in every way; which one is in the payload. It keeps what it was given. */
const ENDS = `#!/usr/bin/env python3
import json, os, signal, sys, time
text = sys.stdin.read()
request = json.loads(text)
how, said = request["payload"].get("how"), request["config"].get("dump")
if said: open(os.path.join(said, f'{request["attempt"]}.json' if "again" not in os.listdir(said) else "replayed.json"), "w").write(text)
print("working with " + request["config"]["token"], file=sys.stderr)
def answer(**fields): print(json.dumps({"protocol": 1, **fields})); sys.exit(0)
if how == "failed": answer(status="error", error={"code": "invalid_input", "message": "no: " + request["config"]["token"]})
if how == "exit": sys.exit(65)
if how == "timed_out": time.sleep(600)
if how == "crashed": os.kill(os.getpid(), signal.SIGSEGV)
if how == "protocol_error": print("{}{}"); sys.exit(0)
if how == "invalid_event": answer(status="ok", events=[{"type": "ductile.no"}])
if how == "state": answer(status="ok", state_updates={"big": "x" * 5000})
if how == "output_limit": print("x" * 300000); sys.exit(0)
answer(status="ok", result={"n": request["payload"].get("n")}, state_updates={"cursor": request["attempt"]}, events=[{"type": "ends.done", "payload": {"n": 1}}])
`;

const CONFIG = `
service: { name: replaying, state_dir: ./state }
defaults: { retry: { max_attempts: 2, base: 1ms, cap: 1ms }, limits: { stdout: 64KiB, state: 4KiB } }
plugins:
  ends:
    config: &config
      token: "\${env:TOKEN}"
      address: "https://me:\${env:TOKEN}@host/\${env:SHORT}"
      key: "\${file:key.pem}"
      password: written-out-secret
      nested: { list: [ 1, { deep: "\${env:TOKEN}" } ], plain: text }
  # Of its own: on a busy machine the other ends take a second, too.
  hasty: { uses: ends, timeouts: { handle: 1s }, config: *config }
  gone: { uses: ends, config: { token: short } }
  lost: { uses: lost }
routes:
  - { name: on, event_type: ends.go, to: ends, with: { how: failed, from: "\${{ payload.n }}" } }
`;

const FILES = {
  'key.pem': 'pem-content-4431\n',
  'plugins/ends/manifest.yaml':
    'name: ends\nversion: 1.0.0\nprotocol: 1\nentrypoint: ends.py\ncommands: { poll: {}, handle: {}, once: { idempotent: false } }\nconfig_keys: { optional: [token, address, key, password, nested, dump], secret: [token], paths: [dump] }\n',
  'plugins/ends/ends.py': ENDS,
  'plugins/lost/manifest.yaml': 'name: lost\nprotocol: 1\nentrypoint: run\ncommands: [poll, handle]\n',
  'plugins/lost/run': '#!/no/such/interpreter\n',
};

const ENV = { TOKEN: `${CANARY}-${TOKEN}`, SHORT: 'abc' };

function prepared(t: TestContext, config = CONFIG): Site {
  return site(t, config, FILES);
}

async function ran(at: Site, instance: string, payload: unknown): Promise<Answer> {
  const said = await at.sayWith(
    { env: ENV },
    'run',
    instance,
    'handle',
    '-p',
    JSON.stringify(payload),
    '--wait',
    '--json',
  );
  return JSON.parse(said.out) as Answer;
}

async function json(at: Site, code: number, ...words: readonly string[]): Promise<Answer> {
  const said = await at.sayWith({ env: ENV }, ...words, '--json');
  assert.equal(said.code, code, said.err + said.out);
  return JSON.parse(code === 0 || said.out !== '' ? said.out : said.err) as Answer;
}

/** An empty folder, in which the command line finds no configuration. */
function elsewhere(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-elsewhere-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function sayIn(cwd: string, ...words: readonly string[]) {
  const io = fakeIo({ cwd, env: { TMPDIR: process.env['TMPDIR'] } });
  const code = await runCli(words, io);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

const OUTCOMES = [
  { how: 'failed', outcome: 'failed', error: 'invalid_input' },
  { how: 'exit', outcome: 'failed', error: 'nonzero_exit' },
  { how: 'timed_out', outcome: 'timed_out', error: 'timed_out' },
  { how: 'crashed', outcome: 'crashed', error: 'crashed' },
  { how: 'protocol_error', outcome: 'protocol_error', error: 'invalid_output' },
  { how: 'invalid_event', outcome: 'protocol_error', error: 'invalid_event' },
  { how: 'state', outcome: 'protocol_error', error: 'invalid_state' },
  { how: 'output_limit', outcome: 'output_limit', error: 'output_limit' },
  { how: 'lost', outcome: 'spawn_failed', error: 'spawn_failed' },
  { how: 'ok', outcome: 'succeeded', error: null },
] as const;

const INSTANCES: Readonly<Record<string, string>> = { lost: 'lost', timed_out: 'hasty' };

describe('a failure is reproduced', () => {
  for (const { how, outcome, error } of OUTCOMES) {
    it(`offline and from a bundle in a clean folder: ${how} ends ${outcome}`, async (t) => {
      const at = prepared(t);
      const job = await ran(at, INSTANCES[how] ?? 'ends', { how, n: 1, note: CANARY });
      const recorded = job['attempts'].at(-1);
      assert.equal(recorded.outcome, outcome);
      assert.equal(recorded.error?.code ?? null, error);

      const offline = await json(at, 0, 'replay', job['id'], '--offline');
      assert.equal(offline['reproduced'], true);
      assert.equal(offline['replayed'].outcome, outcome);
      assert.equal(offline['replayed'].error?.code ?? null, error);

      const file = join(at.dir, 'out.tar.gz');
      await json(at, 0, 'bundle', job['id'], '--out', file);
      const dir = elsewhere(t);
      const said = await sayIn(dir, 'replay', '--bundle', file, '--json');
      assert.equal(said.code, 0, said.err + said.out);
      const replayed = JSON.parse(said.out) as Answer;
      assert.equal(replayed['replayed'].outcome, outcome);
      assert.equal(replayed['replayed'].error?.code ?? null, error);
      assert.deepEqual(readdirSync(dir), [], 'nothing is left behind');
    });
  }
});

/** What the plugin was given, but for the parts that differ from run to run. */
function comparable(text: string): string {
  return text.replace(/"deadline_at":"[^"]*"/, '"deadline_at":"…"').replace(/"workspace":"[^"]*"/, '"workspace":"…"');
}

describe('ductile replay', () => {
  it('gives the plugin the same bytes but for the deadline, the workspace and changed secrets', async (t) => {
    const at = prepared(t, CONFIG.replace('config: &config\n', 'config: &config\n      dump: ./dump\n'));
    const dump = join(at.dir, 'dump');
    mkdirSync(dump);
    const payload = {
      how: 'exit',
      '2': 'b',
      '1': 'a',
      text: 'ünï "quoted" \u2028 \\',
      deep: [1.5, -0, 1e21, null, { '': [] }],
    };
    await at.sayWith({ env: ENV }, 'plugin', 'state', 'set', 'ends', '{"b":1,"a":{"cursor":"ü"}}');
    const caused = await at.sayWith({ env: ENV }, 'emit', 'ends.go', '-p', JSON.stringify({ n: payload }), '--json');
    const [id = ''] = (JSON.parse(caused.out) as Answer)['jobs'];
    const gateway = await at.start({ env: ENV });
    const job = await json(at, 0, 'job', 'show', id);
    assert.equal(job['submitted_by'], 'route:on');
    let ended = job;
    while (ended['completed_at'] === null) ended = await json(at, 0, 'job', 'show', id);
    await at.sayWith({ env: ENV }, 'plugin', 'state', 'set', 'ends', '{"other":true}');
    writeFileSync(join(dump, 'again'), '');
    // The configuration moves on; the request does not, and a gateway that runs is no obstacle.
    const config = join(at.dir, 'ductile.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replace('plain: text', 'plain: other, more: 1'));
    const replayed = await json(at, 0, 'replay', id, '--offline');
    await gateway.stop();
    assert.equal(replayed['reproduced'], true);
    const [first, again] = [`${replayed['attempt']}.json`, 'replayed.json'].map((name) =>
      readFileSync(join(dump, name), 'utf8'),
    );
    assert.equal(comparable(again ?? ''), comparable(first ?? ''));
    assert.notEqual(again, first);
    assert.match(again ?? '', /"event":\{"event_id":/);
    assert.match(again ?? '', /"address":"https:\/\/me:canary-8f3a1c55d0-token-of-then-71f2@host\/abc"/);
    assert.match(again ?? '', /"password":"written-out-secret"/);
  });

  it('gives it the bytes of a webhook, too', async (t) => {
    const hooks = `
webhooks:
  listen: 127.0.0.1:0
  endpoints:
    - { name: hook, path: /hook, to: ends, raw: true, verify: { scheme: none, i_understand_this_is_public: true } }
`;
    const at = prepared(t, CONFIG.replace('config: &config\n', 'config: &config\n      dump: ./dump\n') + hooks);
    const dump = join(at.dir, 'dump');
    mkdirSync(dump);
    const gateway = await at.start({ env: ENV });
    const { webhooks_at: host } = await json(at, 0, 'status');
    const body = '{ "how": "exit",  "z": 1.0, "a": "ü" }';
    const headers = { 'content-type': 'application/json' };
    const sent = await fetch(`http://${host}/hook?x=1`, { method: 'POST', headers, body });
    const { job_id: id } = (await sent.json()) as Answer;
    let job = await json(at, 0, 'job', 'show', id);
    while (job['completed_at'] === null) job = await json(at, 0, 'job', 'show', id);
    await gateway.stop();
    writeFileSync(join(dump, 'again'), '');
    await json(at, 0, 'replay', id, '--offline');
    const [first = '', again = ''] = ['1.json', 'replayed.json'].map((name) => readFileSync(join(dump, name), 'utf8'));
    assert.match(first, /"webhook":\{.*"body_base64":"eyAi/);
    assert.equal(comparable(again), comparable(first));
    rmSync(join(dump, 'replayed.json'));
    const { file } = await json(at, 0, 'bundle', id);
    const words = ['replay', '--bundle', file, '--secret', `TOKEN=${ENV.TOKEN}`, '--json'];
    const secrets = [
      `file:${join(at.dir, 'key.pem')}=pem-content-4431`,
      'config:plugins.ends.config.password=written-out-secret',
    ];
    const said = await sayIn(elsewhere(t), ...words, ...secrets.flatMap((one) => ['--secret', one]));
    assert.equal(said.code, 0, said.err);
    assert.deepEqual((JSON.parse(said.out) as Answer)['notes'], []);
    assert.equal(
      comparable(readFileSync(join(dump, 'replayed.json'), 'utf8')),
      comparable(first),
      'where nothing is masked, a bundle gives the same bytes',
    );
  });

  it('stores nothing, whatever the plugin answers', async (t) => {
    const at = prepared(t);
    const job = await ran(at, 'ends', { how: 'ok', n: 1 });
    const before = await json(at, 0, 'plugin', 'state', 'show', 'ends');
    const replayed = await json(at, 0, 'replay', job['id'], '--offline');
    assert.deepEqual(replayed['differences'], []);
    assert.deepEqual(await json(at, 0, 'plugin', 'state', 'show', 'ends'), before);
    const { jobs } = await json(at, 0, 'job', 'list');
    assert.equal(jobs.length, 1);
    assert.equal((await json(at, 0, 'event', 'list'))['events'].length, 1);
  });

  it('shows what a mended plugin does otherwise, and ends with exit code 1', async (t) => {
    const at = prepared(t);
    const job = await ran(at, 'ends', { how: 'failed', n: 7 });
    const mended = join(at.dir, 'mended', 'ends');
    mkdirSync(mended, { recursive: true, mode: 0o755 });
    writeFileSync(join(mended, 'manifest.yaml'), FILES['plugins/ends/manifest.yaml']);
    writeFileSync(join(mended, 'ends.py'), ENDS.replace('== "failed"', '== "never"'), { mode: 0o755 });
    const words = ['replay', job['id'], '--offline', '--plugin', 'mended/ends'];
    const replayed = await json(at, 1, ...words);
    assert.equal(replayed['reproduced'], false);
    assert.equal(replayed['replayed'].outcome, 'succeeded');
    const changes = replayed['differences'].map(({ path, kind }: Answer) => `${kind} ${path}`);
    assert.deepEqual(changes, [
      'changed /outcome',
      'changed /error',
      'changed /response/status',
      'removed /response/error',
      'added /response/result',
      'added /response/state_updates',
      'added /response/events/0',
    ]);
    const said = await at.sayWith({ env: ENV, terminal: { columns: 100 } }, ...words);
    assert.match(said.out, /outcome +failed +succeeded/);
    assert.match(said.out, /\+ \/response\/events\/0 \{"type":"ends\.done"/);
    assert.match(said.out, /not reproduced/);
  });

  it('takes the present configuration when it is asked to', async (t) => {
    const at = prepared(t);
    const job = await ran(at, 'gone', { how: 'failed' });
    const config = join(at.dir, 'ductile.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replace('token: short', 'token: a-longer-one'));
    const then = await json(at, 0, 'replay', job['id'], '--offline');
    const now = await json(at, 0, 'replay', job['id'], '--offline', '--current-config');
    assert.equal(then['reproduced'] && now['reproduced'], true);
    assert.doesNotMatch(JSON.stringify(now), /a-longer-one/);
  });

  it('says which secret cannot be found, and takes it from --secret', async (t) => {
    const at = prepared(t);
    const job = await ran(at, 'ends', { how: 'failed' });
    const config = join(at.dir, 'ductile.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replaceAll('${env:TOKEN}', 'now-another'));
    const words = ['replay', job['id'], '--offline'];
    const said = await at.sayWith({ env: { SHORT: 'abc' } }, ...words, '--json');
    assert.equal(said.code, 78);
    const { error } = JSON.parse(said.err) as Answer;
    assert.equal(error.code, 'secret_missing');
    assert.match(error.message, /env:TOKEN$/);
    writeFileSync(join(at.dir, 'value'), 'given-by-file\n');
    const given = await at.sayWith({ env: { SHORT: 'abc' } }, ...words, '--secret', 'TOKEN=@value', '--json');
    assert.equal(given.code, 0, given.err);
    assert.doesNotMatch(given.out, /given-by-file/);
    assert.match(given.out, /"message":"no: \*\*\*"/);
    writeFileSync(config, CONFIG);
    const unloadable = await at.sayWith({ env: { SHORT: 'abc' } }, ...words, '--json');
    assert.match(unloadable.err, /the environment variable \\"TOKEN\\" is not set/);
    const loaded = await at.sayWith({ env: { SHORT: 'abc' } }, ...words, '--secret', 'env:TOKEN=@value', '--json');
    assert.equal(loaded.code, 0, loaded.err);
  });

  it('runs a command that runs at most once only when that is said', async (t) => {
    const at = prepared(t);
    const said = await at.sayWith({ env: ENV }, 'run', 'ends', 'once', '-p', '{"how":"crashed"}', '--wait', '--json');
    const job = JSON.parse(said.out) as Answer;
    assert.equal(job['attempts'][0].error.code, 'outcome_unknown');
    const refused = await json(at, 2, 'replay', job['id'], '--offline');
    assert.match(refused['error'].hint, /--yes/);
    assert.equal((await json(at, 0, 'replay', job['id'], '--offline', '--yes'))['reproduced'], true);
  });

  it('says what is missing: --offline, a job, an attempt, the instance', async (t) => {
    const at = prepared(t);
    const job = await ran(at, 'gone', { how: 'failed' });
    const refused = async (code: number, ...words: readonly string[]) =>
      (await json(at, code, 'replay', ...words))['error'];
    assert.match((await refused(2, job['id'])).hint, /ductile job replay/);
    assert.match((await refused(2)).message, /neither a job nor a bundle/);
    assert.match((await refused(2, job['id'], '--bundle', 'x')).message, /one job/);
    assert.match((await refused(2, job['id'], '--offline', '--secret', 'x')).message, /name and a value/);
    assert.equal((await refused(1, 'no-such', '--offline')).code, 'not_found');
    assert.match(
      (await refused(1, job['id'], '--offline', '--attempt', '9')).message,
      /no attempt 9 that has ended; those that have ended: 1/,
    );
    const queued = await json(at, 0, 'run', 'gone', 'handle');
    assert.match((await refused(1, queued['job_id'], '--offline')).message, /no attempt of it has ended/);
    const config = join(at.dir, 'ductile.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replace(/^ {2}gone:.*\n/m, ''));
    assert.equal((await refused(2, job['id'], '--offline')).code, 'unknown_instance');
    const secret = await refused(78, job['id'], '--offline', '--plugin', 'plugins/ends');
    assert.match(secret.message, /config:plugins\.gone\.config\.token$/);
    const given = ['--plugin', 'plugins/ends', '--secret', 'config:plugins.gone.config.token=short'];
    assert.equal((await json(at, 0, 'replay', job['id'], '--offline', ...given))['reproduced'], true);
  });

  it('runs exec with the command line and environment of then', async (t) => {
    const exec = `
service: { name: replaying, state_dir: ./state }
plugins:
  flaky: { uses: exec, env: { MODE: "\${env:TOKEN}" }, config: { shell: 'echo "$MODE $EXTRA" >&2; cat >&2; exit 65', stdin: payload, env: { EXTRA: one } } }
`;
    const at = prepared(t, exec);
    const job = await ran(at, 'flaky', { how: 'exec' });
    const config = join(at.dir, 'ductile.yaml');
    writeFileSync(
      config,
      readFileSync(config, 'utf8').replace('EXTRA: one', 'EXTRA: two').replace('exit 65', 'exit 1'),
    );
    const replayed = await json(at, 0, 'replay', job['id'], '--offline');
    assert.equal(replayed['replayed'].stderr, '*** one\n{"how":"exec"}\n');
    assert.deepEqual(replayed['differences'], []);
    const now = await json(at, 0, 'replay', job['id'], '--offline', '--current-config');
    assert.equal(now['replayed'].exit_code, 1);
    const { program } = await json(at, 0, 'bundle', job['id']);
    assert.match(program.reason, /exec runs a command of the machine/);
    const file = join(at.dir, `ductile-${job['id']}.tar.gz`);
    const said = await sayIn(elsewhere(t), 'replay', '--bundle', file, '--secret', 'TOKEN=mine-now', '--json');
    assert.equal(said.code, 0, said.err + said.out);
    assert.equal((JSON.parse(said.out) as Answer)['replayed'].stderr, '*** one\n{"how":"exec"}\n');
  });
});

it('keeps no secret of a configuration in the database, whatever part of it holds one', async (t) => {
  const secrets = [
    'canary-in-env',
    'canary-in-file',
    'canary-in-plain',
    'canary-in-shell',
    'canary-in-mode',
    'canary-in-list',
  ];
  const at = prepared(
    t,
    `
service: { name: replaying, state_dir: ./state, redact: { keys: [mine] } }
plugins:
  ends: { env: { MODE: "\${env:MODE}" }, config: { token: "\${env:TOKEN}", address: "https://x:\${env:TOKEN}@h", key: "x\${file:key.pem}y", nested: { mine: canary-in-plain, list: [ "a \${env:LIST} b" ] } } }
  shell: { uses: exec, config: { shell: "echo \${env:SHELL_SECRET}", env: { EXTRA: "\${env:MODE}" } } }
`,
  );
  writeFileSync(join(at.dir, 'key.pem'), 'canary-in-file\n');
  const [token, , , shell, mode, list] = secrets;
  const env = { TOKEN: token, MODE: mode, SHELL_SECRET: shell, LIST: list };
  const job = await at.sayWith({ env }, 'run', 'ends', 'handle', '-p', '{"how":"exit"}', '--wait', '--json');
  await at.sayWith({ env }, 'run', 'shell', '--wait');
  for (const name of readdirSync(join(at.dir, 'state'))) {
    if (!name.startsWith('ductile.db')) continue;
    const bytes = readFileSync(join(at.dir, 'state', name));
    for (const secret of secrets) assert.ok(!bytes.includes(secret), `${secret} in ${name}`);
  }
  const said = await at.sayWith({ env }, 'replay', (JSON.parse(job.out) as Answer)['id'], '--offline');
  assert.equal(said.code, 0, said.err);
});

describe('ductile bundle', () => {
  it('holds no secret, in no file and no encoding, and says where it masked', async (t) => {
    const at = prepared(t);
    writeFileSync(join(at.dir, 'plugins/ends/fixture.json'), JSON.stringify({ seen: ENV.TOKEN }));
    writeFileSync(
      join(at.dir, 'plugins/ends/blob'),
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(ENV.TOKEN)]),
    );
    const base64 = Buffer.from(`xx${ENV.TOKEN}`).toString('base64');
    const job = await ran(at, 'ends', {
      how: 'failed',
      raw: ENV.TOKEN,
      base64,
      nested: [{ pem: 'pem-content-4431' }],
      key: { [ENV.TOKEN]: 1 },
    });
    const made = await json(at, 0, 'bundle', job['id']);
    assert.deepEqual(made['references'].toSorted(), [
      'config:plugins.ends.config.password',
      'env:TOKEN',
      `file:${join(at.dir, 'key.pem')}`,
    ]);
    const bytes = readFileSync(made['file']);
    const plain = gunzipSync(bytes).toString('latin1');
    for (const secret of [CANARY, ENV.TOKEN, base64, 'pem-content-4431', 'written-out-secret']) {
      assert.ok(!plain.includes(secret) && !bytes.includes(secret), secret);
    }
    const places = Object.fromEntries(made['masked'].map(({ file, places }: Answer) => [file, places]));
    assert.deepEqual(places['requests/1.json'], [
      '/payload/raw',
      '/payload/base64',
      '/payload/nested/0/pem',
      '/payload/key',
    ]);
    assert.deepEqual(places['plugin/fixture.json'], ['']);
    assert.match(JSON.stringify(made['program'].omitted), /it holds a secret and is no text/);
    const said = await at.sayWith({ env: ENV }, 'bundle', job['id'], '--out', 'second.tar.gz');
    assert.match(said.out, /masked +requests\/1\.json \/payload\/raw, /);
    assert.match(said.out, /replay +ductile replay --bundle second\.tar\.gz/);
  });

  it('is an archive that tar and python read, for its owner alone, and overwrites nothing', async (t) => {
    const at = prepared(t);
    const job = await ran(at, 'ends', { how: 'failed' });
    const { file } = await json(at, 0, 'bundle', job['id']);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const listed = execFileSync(
      'python3',
      ['-c', 'import sys, tarfile; print("\\n".join(sorted(tarfile.open(sys.argv[1]).getnames())))', file],
      { encoding: 'utf8' },
    );
    assert.deepEqual(listed.trim().split('\n'), [
      'README.txt',
      'attempts/1.json',
      'bundle.json',
      'job.json',
      'plugin/ends.py',
      'plugin/manifest.yaml',
      'requests/1.json',
    ]);
    const refused = await json(at, 1, 'bundle', job['id']);
    assert.equal(refused['error'].code, 'file_exists');
    assert.equal((await json(at, 1, 'bundle', 'no-such'))['error'].code, 'not_found');
  });

  it('gives the plugin *** for a secret that is not given, and says so', async (t) => {
    const at = prepared(t);
    const job = await ran(at, 'ends', { how: 'failed' });
    const { file } = await json(at, 0, 'bundle', job['id']);
    const said = await sayIn(elsewhere(t), 'replay', '--bundle', file);
    assert.equal(said.code, 0, said.err);
    assert.match(said.out, /\*\*\* stood in the place of secrets that were not given: env:TOKEN, file:/);
    assert.match(said.out, /reproduced: the outcome and the code of the error are the same, and so is everything else/);
    const own = elsewhere(t);
    writeFileSync(join(own, 'secrets.env'), 'TOKEN=mine-from-a-file\n', { mode: 0o600 });
    const given = await sayIn(own, 'replay', '--bundle', file, '--env-file', 'secrets.env', '--json');
    assert.deepEqual(
      (JSON.parse(given.out) as Answer)['missing_secrets'].map((one: string) => one.split(':')[0]),
      ['file', 'config'],
    );
    assert.doesNotMatch(given.out, /mine-from-a-file/);
  });

  it('of several attempts holds each, and one of them when it is named', async (t) => {
    const at = prepared(t);
    const job = await ran(at, 'ends', { how: 'crashed' });
    assert.equal(job['attempts'].length, 2);
    const all = await json(at, 0, 'bundle', job['id'], '--out', 'all.tar.gz');
    assert.deepEqual(
      all['attempts'].map(({ attempt }: Answer) => attempt),
      [1, 2],
    );
    await json(at, 0, 'bundle', job['id'], '--attempt', '1', '--out', 'one.tar.gz');
    const dir = elsewhere(t);
    const first = await sayIn(dir, 'replay', '--bundle', join(at.dir, 'all.tar.gz'), '--attempt', '1', '--json');
    assert.equal((JSON.parse(first.out) as Answer)['attempt'], 1);
    const second = await sayIn(dir, 'replay', '--bundle', join(at.dir, 'one.tar.gz'), '--attempt', '2', '--json');
    assert.equal(second.code, 1);
    assert.match(second.err, /has no attempt 2; it has 1/);
  });

  it('that is damaged, of another layout, or leads out of itself is refused', async (t) => {
    const dir = elsewhere(t);
    const refused = async (name: string, bytes: Uint8Array): Promise<string> => {
      writeFileSync(join(dir, name), bytes);
      const said = await sayIn(dir, 'replay', '--bundle', name, '--json');
      assert.equal(said.code, 2, said.out);
      const { error } = JSON.parse(said.err) as Answer;
      assert.equal(error.code, 'bundle_invalid');
      return error.message;
    };
    const archive = (path: string, text: string) =>
      gzipSync(writeTar([{ path, executable: false, bytes: Buffer.from(text) }], 0));
    assert.match(await refused('text', Buffer.from('hello')), /not compressed with gzip/);
    assert.match(await refused('cut', archive('a', 'b').subarray(0, 40)), /not compressed with gzip/);
    assert.match(await refused('empty', archive('a', 'b')), /holds no bundle\.json/);
    assert.match(await refused('json', archive('bundle.json', '{')), /bundle\.json is not valid JSON/);
    assert.match(await refused('newer', archive('bundle.json', '{"bundle":2}')), /version 2 of the layout/);
    assert.match(
      await refused('shape', archive('bundle.json', '{"bundle":1}')),
      /not what it should be: ductile: expected text, but it is missing$/,
    );
    const hostile = Buffer.from(writeTar([{ path: 'plugin/xx/y', executable: false, bytes: Buffer.from('z') }], 0));
    hostile.write('plugin/../../y', 0);
    assert.match(await refused('sum', gzipSync(hostile)), /checksum/);
    assert.match(
      await refused('bomb', gzipSync(Buffer.alloc(129 * 1_048_576), { level: 1 })),
      /holds more than 128 MiB/,
    );
    assert.match(await refused('nothing', Buffer.alloc(0)), /not compressed with gzip/);
  });
});
