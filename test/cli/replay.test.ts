import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { runCli } from '../../src/cli/run-cli.ts';
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
    timeouts: { handle: 1s }
    config:
      token: "\${env:TOKEN}"
      address: "https://me:\${env:TOKEN}@host/\${env:SHORT}"
      key: "\${file:key.pem}"
      password: written-out-secret
      nested: { list: [ 1, { deep: "\${env:TOKEN}" } ], plain: text }
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

describe('a failure is reproduced', () => {
  for (const { how, outcome, error } of OUTCOMES) {
    it(`offline and from a bundle in a clean folder: ${how} ends ${outcome}`, async (t) => {
      const at = prepared(t);
      const job = await ran(at, how === 'lost' ? 'lost' : 'ends', { how, n: 1, note: CANARY });
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
