import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runCli } from '../../src/cli/run-cli.ts';
import { type Answer, withoutApi, writeFiles } from '../e2e/gateway-process.ts';
import { type FakeIo, type FakeIoOptions, fakeIo } from './fake-io.ts';

/** How a command line ended. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder with `ductile.yaml`, and command lines in it. All of it goes with the test. */
export interface Site {
  readonly dir: string;
  /** Runs `ductile <words>` in the folder. */
  say(...words: readonly string[]): Promise<Said>;
  /** The same with an Io that differs. */
  sayWith(options: FakeIoOptions, ...words: readonly string[]): Promise<Said>;
  /** The same with --json: what it printed, after checking that it ended with `code`. */
  json(code: number, ...words: readonly string[]): Promise<Answer>;
  /** The same with --json: the error it printed, after checking that it ended with `code`. */
  error(code: number, ...words: readonly string[]): Promise<Answer>;
  /** Runs `ductile start` in this process until `stop`; resolves when it is ready. */
  start(options?: FakeIoOptions, ...flags: readonly string[]): Promise<RunningGateway>;
}

/** A gateway in this process. */
export interface RunningGateway {
  readonly io: FakeIo;
  /** Resolves to the exit code of the command. */
  readonly ended: Promise<number>;
  /** Sends SIGTERM; resolves to the exit code. */
  stop(): Promise<number>;
}

/** Plugins in three languages, and commands; between them they end in every way that the tests need. */
const FILES = {
  'plugins/greet/manifest.yaml': `
name: greet
version: 1.2.3
protocol: 1
entrypoint: greet.sh
description: Says hello
commands:
  poll: { description: Says it }
  handle: { idempotent: false, input_schema: { type: object, required: [name] } }
config_keys: { optional: [folder], paths: [folder] }
events: [greet.done]
`,
  'plugins/greet/greet.sh': `#!/bin/bash
cat > /dev/null
echo "greeting" >&2
echo '{"protocol":1,"status":"ok","result":{"text":"hello"},"logs":[{"level":"warn","message":"look","fields":{"n":1}}],"events":[{"type":"greet.done","payload":{"n":2}}]}'
`,
  'plugins/echo/manifest.yaml': 'name: echo\nprotocol: 1\nentrypoint: echo.py\ncommands: [poll, handle]\n',
  'plugins/echo/echo.py': `#!/usr/bin/env python3
import json, sys
request = json.load(sys.stdin)
print(json.dumps({"protocol": 1, "status": "ok", "result": request["payload"]}))
`,
  'plugins/refuse/manifest.yaml': 'name: refuse\nprotocol: 1\nentrypoint: refuse.mjs\ncommands: [poll]\n',
  'plugins/refuse/refuse.mjs': `#!/usr/bin/env node
process.stdin.resume().on('end', () => {
  const error = { code: 'auth_failed', message: 'the token \\u001b[31mexpired' };
  console.log(JSON.stringify({ protocol: 1, status: 'error', error }));
});
`,
};

const CONFIG = `
service: { name: testing, state_dir: ./state }
plugins:
  greet: { config: { folder: ./drop }, schedules: [ { id: yearly, cron: "0 0 1 1 *" } ] }
  echo: { concurrency: 2, rate_limit: { count: 100, per: 1s } }
  refuse:
  off: { uses: echo, enabled: false }
  list: { uses: exec, config: { shell: "echo one; echo two" } }
  slow: { uses: exec, config: { argv: [sleep, "600"] } }
  flaky: { uses: exec, config: { argv: [/bin/sh, -c, "echo trouble >&2; exit 3"] }, retry: { max_attempts: 2, base: 1ms, cap: 1ms } }
routes:
  - { name: greeted, event_type: greet.done, when: payload.n > 1, to: echo }
  - { name: never, event_type: greet.done, when: payload.n > 5, to: echo }
`;

/** A site with `config` (default: plugins that end in every way). */
export function site(t: TestContext, config: string = CONFIG, files: Readonly<Record<string, string>> = {}): Site {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-cli-'));
  t.after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  writeFiles(dir, { ...FILES, 'ductile.yaml': withoutApi(config), ...files });

  async function sayWith(options: FakeIoOptions, ...words: readonly string[]): Promise<Said> {
    const io = fakeIo({ cwd: dir, ...options });
    const code = await runCli(words, io);
    return { code, out: io.stdout.text, err: io.stderr.text };
  }

  return {
    dir,
    sayWith,
    say: (...words) => sayWith({}, ...words),
    async json(code, ...words) {
      const said = await sayWith({}, ...words, '--json');
      assert.equal(said.code, code, said.err);
      assert.equal(said.out.trimEnd().split('\n').length, 1, said.out);
      return JSON.parse(said.out) as Answer;
    },
    async error(code, ...words) {
      const said = await sayWith({}, ...words, '--json');
      assert.equal(said.code, code, said.err + said.out);
      const { error, ...rest } = JSON.parse(said.err) as Answer;
      assert.deepEqual(rest, {});
      for (const key of ['code', 'message', 'hint']) assert.equal(typeof error[key], 'string', key);
      assert.ok('location' in error);
      return error as Answer;
    },
    async start(options = {}, ...flags) {
      const io = fakeIo({ cwd: dir, ...options });
      const ended = runCli(['start', ...flags], io);
      const early = ended.then((code) => assert.fail(`the gateway ended with ${code}: ${io.stderr.text}`));
      await Promise.race([io.stdout.shows(/the gateway is ready|Ctrl-C/), early]);
      early.catch(() => {});
      let stopping = false;
      void ended.finally(() => {
        stopping = true;
      });
      const gateway: RunningGateway = {
        io,
        ended,
        async stop() {
          if (!stopping) io.signal('SIGTERM');
          stopping = true;
          return ended;
        },
      };
      // A test that fails before it stops its gateway would keep this process alive.
      t.after(() => gateway.stop());
      return gateway;
    },
  };
}
