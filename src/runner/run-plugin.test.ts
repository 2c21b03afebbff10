import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bench, fixture, SECRET } from '../../test/runner/harness.ts';
import { DEFAULT_LIMITS } from '../domain/instance.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { KeptResponse, Outcome, Run } from '../domain/outcome.ts';

/** The response of an attempt that must have been answered. */
function answerOf({ outcome }: Run): Extract<Outcome, { kind: 'answered' }>['response'] {
  assert.equal(outcome.kind, 'answered', JSON.stringify(outcome));
  return outcome.response;
}

function fieldOf(value: Json, key: string): Json {
  assert.ok(isJsonObject(value));
  return value[key] ?? null;
}

function messageOf({ outcome }: Run): string {
  return 'message' in outcome ? outcome.message : '';
}

describe('a plugin that answers', () => {
  it('is sent the request of protocol 1, and its response is kept', async (t) => {
    const run = await bench(t).plugin('answers.py', { request: { state: { cursor: 7 } } });
    const { result } = answerOf(run);
    assert.equal(fieldOf(result, 'protocol'), 1);
    assert.deepEqual(fieldOf(result, 'state'), { cursor: 7 });
    assert.deepEqual(fieldOf(result, 'payload'), { n: 1 });
    assert.equal(fieldOf(run.response, 'status'), 'ok');
    assert.deepEqual([run.truncated, run.evidence.exitCode, run.evidence.rawOutput], [false, 0, null]);
  });

  it('is told of the delivery that made its job, with the raw body only where that is passed on', async (t) => {
    const delivery = { endpoint: 'github', headers: { 'x-github-event': 'push' }, query: { q: '1' } };
    const seen = async (body: Uint8Array | null) => {
      const run = await bench(t).plugin('answers.py', { request: { delivery: { ...delivery, body } } });
      return fieldOf(answerOf(run).result, 'webhook');
    };
    const { headers, query } = delivery;
    assert.deepEqual(await seen(null), { name: 'github', headers, query });
    const body = Uint8Array.from([0, 255, 10]);
    assert.deepEqual(await seen(body), { name: 'github', headers, query, body_base64: 'AP8K' });
    const none = await bench(t).plugin('answers.py');
    assert.ok(!Object.hasOwn(Object(answerOf(none).result), 'webhook'));
  });

  it('may be written in any language', async (t) => {
    assert.equal(answerOf(await bench(t).plugin('answers.mjs')).result, 'poll');
  });

  it('has an exit code that is for the settlement to judge', async (t) => {
    const env = { TEXT: '{"protocol":1,"status":"ok"}', CODE: '3' };
    const run = await bench(t).plugin('prints.sh', { instance: { env } });
    assert.deepEqual([answerOf(run).status, run.evidence.exitCode], ['ok', 3]);
  });

  it('is answered for even if it never reads its request', async (t) => {
    const run = await bench(t).plugin('never-reads.sh', { job: { payload: 'x'.repeat(1_048_576) } });
    assert.equal(answerOf(run).result, 'unread');
  });

  it('sees the allow-list of the environment, its own variables and the markers, and nothing else', async (t) => {
    const { plugin, markers, dir } = bench(t);
    const allowed = {
      PATH: process.env.PATH,
      HOME: '/nowhere',
      LANG: 'C.UTF-8',
      LC_TIME: 'C',
      TZ: 'UTC',
      TMPDIR: '/tmp',
    };
    const environment = {
      ...allowed,
      LC: 'no',
      AWS_SECRET: 'no',
      NODE_OPTIONS: '--no-warnings',
      DUCTILE_GATEWAY: 'outer',
    };
    const env = { OWN: 'yes', TZ: 'Europe/Vienna', DUCTILE_ATTEMPT: 'forged' };
    const run = await plugin('shows-environment.mjs', { environment, instance: { env } });
    const seen = answerOf(run).result;
    // Node itself hands this one on, so that a run with coverage measures its children too.
    const variables = Object.entries(fieldOf(seen, 'env') ?? {}).filter(([name]) => name !== 'NODE_V8_COVERAGE');
    assert.deepEqual(Object.fromEntries(variables), {
      ...allowed,
      OWN: 'yes',
      TZ: 'Europe/Vienna',
      DUCTILE_ATTEMPT: markers.attempt,
      DUCTILE_GATEWAY: markers.gateway,
    });
    assert.equal(fieldOf(seen, 'cwd'), dir);
  });

  it('is kept masked, and the secrets it held are told', async (t) => {
    const run = await bench(t).plugin('tells-secret.py');
    assert.equal(fieldOf(run.response, 'result'), '***');
    assert.deepEqual(fieldOf(run.response, 'state_updates'), { token: '***' });
    assert.ok(!JSON.stringify(fieldOf(run.response, 'logs')).includes(SECRET));
    assert.deepEqual(answerOf(run).stateUpdates, { token: SECRET });
    assert.equal(run.evidence.stderr, 'token: ***\n');
    assert.deepEqual(run.leaks?.map(({ place }) => place).toSorted(), ['logs', 'result', 'stderr']);
  });

  it('may print 10 MiB, of which the attempt keeps nothing', async (t) => {
    const run = await bench(t).plugin('prints-much.py', { instance: { env: { SIZE: '10485760' } } });
    assert.equal(answerOf(run).status, 'ok');
    assert.deepEqual([run.response, run.truncated], [null, true]);
  });
});

describe('a plugin that does not answer well', () => {
  const cases: readonly (readonly [string, { text: string; code?: string }, string])[] = [
    ['prints nothing', { text: '' }, 'malformed empty_output'],
    ['prints garbage', { text: 'hello there' }, 'malformed invalid_output'],
    ['prints half an object', { text: '{"protocol":1,"status":' }, 'malformed invalid_output'],
    ['prints two objects', { text: '{"protocol":1,"status":"ok"}{}' }, 'malformed invalid_output'],
    ['prints another protocol', { text: '{"protocol":2,"status":"ok"}' }, 'malformed protocol_mismatch'],
    ['prints another protocol and fails', { text: '{"status":"ok"}', code: '1' }, 'malformed protocol_mismatch'],
    [
      'emits an invalid event',
      { text: '{"protocol":1,"status":"ok","events":[{"type":"Ä"}]}', code: '0' },
      'malformed invalid_event',
    ],
    ['has an invalid state', { text: '{"protocol":1,"status":"ok","state_updates":[]}' }, 'malformed invalid_state'],
    ['prints nothing and fails', { text: '', code: '1' }, 'exited'],
    ['prints garbage and fails', { text: 'oh no', code: '64' }, 'exited'],
    ['ends with the exit code that a shell has for a signal', { text: '', code: '139' }, 'exited'],
  ];
  for (const [title, { text, code }, expected] of cases) {
    it(`${title}: ${expected}`, async (t) => {
      const env = { TEXT: text, ...(code === undefined ? {} : { CODE: code }) };
      const run = await bench(t).plugin('prints.sh', { instance: { env } });
      const { outcome } = run;
      assert.equal(outcome.kind === 'malformed' ? `malformed ${outcome.code}` : outcome.kind, expected);
      assert.equal(run.evidence.rawOutput, text === '' ? null : text);
      assert.equal(run.evidence.exitCode, Number(code ?? 0));
      assert.deepEqual([run.response, run.truncated], [null, false]);
    });
  }

  it('has its bytes shown that are no text', async (t) => {
    const run = await bench(t).plugin('prints-bytes.py');
    assert.equal(run.evidence.rawOutput, 'a\\x00b\ufffd\ufffdc\\x1b[31m 😀\n');
  });

  it('has no secret in what it printed instead', async (t) => {
    assert.equal((await bench(t).plugin('leaks-secret.py')).evidence.rawOutput, 'the token is ***\n');
  });

  it('quotes no part of a secret when it says what is wrong', async (t) => {
    const env = { TEXT: `{"protocol": 1, ${'x'.repeat(30)}${SECRET}` };
    const { outcome } = await bench(t).plugin('prints.sh', { instance: { env } });
    assert.equal(outcome.kind, 'malformed');
    const { message } = outcome as { message: string };
    assert.match(message, /^line 1, column 17/);
    assert.ok(!message.includes(SECRET.slice(0, 8)), message);
  });

  it('quotes no part of a secret however long the output is', async (t) => {
    const text = `{"protocol":1,"status":"ok","result":"${'x'.repeat(1_100_000)}"} ${'y'.repeat(65)}${SECRET}`;
    const { outcome } = await bench(t).plugin('prints-state.py', { request: { state: { text } } });
    assert.equal(outcome.kind, 'malformed');
    assert.doesNotMatch((outcome as { message: string }).message, /corr/);
  });

  it('quotes no part of a secret in a warning or an error that is cut', async (t) => {
    const env = {
      TEXT: JSON.stringify({
        protocol: 1,
        status: 'error',
        error: { code: 'x', message: `${'y'.repeat(4_090)}${SECRET}${'y'.repeat(100)}` },
        [`${'z'.repeat(70)}${SECRET}`]: 1,
      }),
    };
    const { outcome } = await bench(t).plugin('prints.sh', { instance: { env } });
    assert.ok(outcome.kind === 'answered');
    assert.equal(outcome.response.warnings.length, 2);
    assert.equal(outcome.response.error?.code, 'x');
    assert.doesNotMatch(JSON.stringify(outcome), /corr/);
  });

  it('is killed when it prints too much, with head and tail of it kept', async (t) => {
    const limits = { ...DEFAULT_LIMITS, stdoutBytes: 1_048_576 };
    const run = await bench(t).plugin('floods-stdout.py', { instance: { limits } });
    assert.deepEqual(run.outcome, {
      kind: 'output_limit',
      message: 'printed more than 1MiB on stdout (limits.stdout)',
    });
    assert.match(run.evidence.rawOutput ?? '', /^y+\n… \d+ bytes left out …\ny+$/);
    assert.ok((run.evidence.rawOutput ?? '').length <= 65_536);
  });

  it('is killed when it complains too much', async (t) => {
    const limits = { ...DEFAULT_LIMITS, stderrBytes: 1_024 };
    const { plugin, dir } = bench(t);
    const run = await plugin('floods-stderr.py', { instance: { limits } });
    assert.equal(run.outcome.kind, 'output_limit');
    assert.match(messageOf(run), /64 times the 1KiB/);
    assert.equal(run.evidence.stderrFile, join(dir, '..', 'stderr'));
    assert.equal(readFileSync(join(dir, '..', 'stderr')).length, 65_536);
  });

  it('may not hide many tokens in few bytes', async (t) => {
    const env = { TEXT: `{"protocol":1,"status":"ok","result":[${'1,'.repeat(200)}1]}` };
    const limits = { ...DEFAULT_LIMITS, stdoutTokens: 100 };
    const run = await bench(t).plugin('prints.sh', { instance: { env, limits } });
    assert.equal(run.outcome.kind, 'output_limit');
  });

  it('has crashed when a signal ended it that is not ours', async (t) => {
    const run = await bench(t).plugin('kills-itself.sh', { instance: { env: { SIGNAL: 'SEGV' } } });
    assert.deepEqual(run.outcome, { kind: 'crashed', signal: 'SIGSEGV' });
  });
});

describe('a plugin that is ended', () => {
  for (const [reason, outcome] of [
    ['cancelled', { kind: 'cancelled' }],
    ['interrupted', { kind: 'interrupted', started: true }],
  ] as const) {
    it(`is ${reason}, and what had left its group is gone as well`, async (t) => {
      const { plugin, appears } = bench(t);
      const controller = new AbortController();
      const running = plugin('leaves-daemon.py', {
        instance: { env: { STAY: '1' } },
        request: { signal: controller.signal },
      });
      await appears('ready');
      controller.abort(reason);
      assert.deepEqual((await running).outcome, outcome);
    });
  }

  it('times out after its own time limit rather than that of its command', async (t) => {
    const run = await bench(t).plugin('sleeps-with-grandchild.sh', {
      instance: { timeouts: { poll: 60_000 } },
      job: { timeoutMs: 100 },
    });
    assert.deepEqual(run.outcome, { kind: 'timed_out', timeoutMs: 100 });
  });

  it('has not started when it is interrupted before', async (t) => {
    const run = await bench(t).plugin('answers.py', { request: { signal: AbortSignal.abort('interrupted') } });
    assert.deepEqual(run.outcome, { kind: 'interrupted', started: false });
  });
});

describe('a plugin that is not started', () => {
  const refusals: readonly (readonly [string, Parameters<ReturnType<typeof bench>['plugin']>[1], string, RegExp])[] = [
    ['for a command it lacks', { job: { command: 'dance' } }, 'unknown_command', /"dance"; it declares: poll$/],
    ['when it is not trusted', { distrust: 'writable by everyone' }, 'plugin_untrusted', /^writable by everyone$/],
    [
      'for a payload that its schema refuses',
      { command: { inputSchema: { properties: { n: { type: 'string' } } } } },
      'invalid_input',
      /^\/payload\/n must be string$/,
    ],
  ];
  for (const [title, overrides, code, message] of refusals) {
    it(`is refused ${title}`, async (t) => {
      const { plugin, dir } = bench(t);
      const run = await plugin('leaves-daemon.py', overrides);
      assert.equal(run.outcome.kind === 'refused' ? run.outcome.code : run.outcome.kind, code);
      assert.match(messageOf(run), message);
      assert.equal(existsSync(join(dir, 'daemon')), false);
    });
  }

  it('is refused by name when it has gone from the disk since it was found', async (t) => {
    const { plugin, dir } = bench(t);
    const gone = join(dir, 'gone');
    const run = await plugin({ kind: 'plugin', root: dir, dir: gone, entrypoint: join(gone, 'run.sh') });
    assert.equal(run.outcome.kind === 'refused' && run.outcome.code, 'plugin_missing');
    assert.equal(messageOf(run), `${gone} does not exist any more; put the plugin back, then retry the job`);
  });

  it('is told apart from one that failed when env does not find its interpreter', async (t) => {
    const run = await bench(t).plugin('no-such-command.sh', { instance: { env: { PATH: '/usr/bin:/bin' } } });
    assert.equal(run.outcome.kind, 'spawn_failed');
    assert.equal(
      messageOf(run),
      "#!/usr/bin/env no-such-interpreter: no-such-interpreter was not found on PATH (/usr/bin:/bin); install it, or set PATH in the instance's env",
    );
  });

  it('has failed to start when its request cannot be made', async (t) => {
    const run = await bench(t).plugin('answers.py', { job: { timeoutMs: Number.MAX_SAFE_INTEGER } });
    assert.equal(run.outcome.kind, 'spawn_failed');
    assert.match(messageOf(run), /^the attempt failed inside the gateway: /);
  });

  it('says why the system refused it', async (t) => {
    const run = await bench(t).plugin('not-executable.sh');
    assert.equal(run.outcome.kind, 'spawn_failed');
    assert.match(messageOf(run), /chmod \+x/);
  });
});

describe('exec', () => {
  type Exec = Parameters<typeof program>[0];
  function program(exec: {
    argv?: readonly string[];
    shell?: string;
    stdin?: 'payload';
    env?: Record<string, string>;
    emit?: string;
  }) {
    const { argv = null, shell = null, stdin = 'none', env = {}, emit = null } = exec;
    return { kind: 'exec', exec: { argv, shell, stdin, env, emit, idempotent: true } } as const;
  }
  const printed = (text: string): Exec => ({ argv: ['printf', '%s', text] });

  async function run(t: Parameters<typeof bench>[0], exec: Exec, overrides = {}): Promise<Run & KeptResponse> {
    return bench(t).plugin(program(exec), overrides);
  }

  it('finds its program on PATH and takes what it prints as the result', async (t) => {
    const ended = await run(t, printed('done\n'));
    assert.equal(answerOf(ended).result, 'done\n');
    assert.deepEqual(ended.response, { protocol: 1, status: 'ok', result: 'done\n' });
  });

  it('runs a shell line', async (t) => {
    const ended = await run(t, { shell: 'cd / && pwd | tr / x', env: { LC_ALL: 'C' } });
    assert.equal(answerOf(ended).result, 'x\n');
  });

  it('reads nothing, or the payload as JSON', async (t) => {
    assert.equal(answerOf(await run(t, { argv: ['cat'] })).result, '');
    assert.equal(answerOf(await run(t, { argv: ['cat'], stdin: 'payload' })).result, '{"n":1}\n');
  });

  it('has the job in its environment', async (t) => {
    const shell = 'echo "$DUCTILE_JOB_ID $DUCTILE_IDEMPOTENCY_KEY ${DUCTILE_WORKSPACE##*/} $A"';
    const ended = await run(t, { shell, env: { A: 'b' } });
    assert.equal(answerOf(ended).result, '01975a3e-0000-7000-8000-000000000001 key-1 workspace b\n');
  });

  it('shows no piece of a secret where the tail begins', async (t) => {
    for (const before of [0, 1_000_000]) {
      const print = (code: number) =>
        run(t, {
          shell: `head -c ${before} /dev/zero | tr '\\0' y; printf %s "$S"; head -c 65528 /dev/zero | tr '\\0' x; exit ${code}`,
          env: { S: SECRET },
        });
      const { result } = answerOf(await print(0));
      assert.match(String(result), /^(?:y*\*{3})?x{65000,}$/);
      assert.ok(String(result).length <= 65_536);
      assert.equal(String(result).startsWith('***'), before === 0);
      assert.doesNotMatch((await print(1)).evidence.rawOutput ?? '', /staple/);
    }
  });

  it('fails by its exit code, with what it printed kept', async (t) => {
    const ended = await run(t, { shell: 'echo half done; echo why >&2; exit 75' });
    const { exitCode, rawOutput, stderr } = ended.evidence;
    assert.deepEqual([ended.outcome, exitCode, rawOutput, stderr], [{ kind: 'exited' }, 75, 'half done\n', 'why\n']);
  });

  it('may print more than it keeps', async (t) => {
    const ended = await run(t, { shell: 'head -c 1000000 /dev/zero | tr "\\0" x; echo; echo end' });
    const response = answerOf(ended);
    assert.match(String(response.result), /^x+\nend\n$/);
    assert.deepEqual([String(response.result).length, response.warnings.length], [65_536, 1]);
  });

  it('is killed when it prints without end', async (t) => {
    const limits = { ...DEFAULT_LIMITS, stdoutBytes: 16_384 };
    const ended = await run(t, { argv: [fixture('floods-stdout.py')] }, { instance: { limits } });
    assert.deepEqual(ended.outcome, {
      kind: 'output_limit',
      message: 'printed more than 16KiB on stdout (limits.stdout)',
    });
  });

  it('emits the object it printed, or else the text', async (t) => {
    const emit = 'backup.done';
    const payloads: readonly (readonly [string, Json])[] = [
      ['{"files": 3}\n', { files: 3 }],
      ['{"a":1} {"b":2}', { stdout: '{"a":1} {"b":2}' }],
      ['[1]', { stdout: '[1]' }],
      [`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`, { stdout: `${'{"a":'.repeat(70)}1${'}'.repeat(70)}` }],
      ['plain\n', { stdout: 'plain\n' }],
    ];
    for (const [text, payload] of payloads) {
      const [event] = answerOf(await run(t, { ...printed(text), emit })).events;
      assert.deepEqual([event?.type, event?.payload], [emit, payload]);
    }
  });

  it('says which program it did not find', async (t) => {
    const ended = await run(t, { argv: ['no-such-tool'], env: { PATH: '/bin' } });
    assert.equal(ended.outcome.kind, 'spawn_failed');
    assert.match(messageOf(ended), /^no-such-tool was not found on PATH \(\/bin\)/);
  });

  it('has crashed when a signal ended it', async (t) => {
    assert.deepEqual((await run(t, { shell: 'kill -KILL $$' })).outcome, { kind: 'crashed', signal: 'SIGKILL' });
  });
});
