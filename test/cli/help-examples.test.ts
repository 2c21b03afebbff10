import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import type { Command } from 'commander';
import { buildProgram, leaves, runCli } from '../../src/cli/run-cli.ts';
import { fakeIo } from './fake-io.ts';
import { type Site, site } from './site.ts';

/** A site with everything that examples name. */
const CONFIG = `
service: { name: examples, state_dir: ./state }
plugins:
  hello: { uses: greet, schedules: [ { id: morning, cron: "0 7 * * *", command: poll } ] }
  backup: { uses: exec, config: { argv: [/bin/sh, -c, "echo no room >&2; exit 64"] } }
  notify: { uses: echo }
  slow: { uses: exec, config: { argv: [sleep, "600"] } }
routes:
  - { name: disk-full, event_type: backup.done, when: payload.bytes > 5, to: notify }
webhooks:
  listen: 127.0.0.1:PORT
  endpoints:
    - { name: github, path: /hook/github, verify: { scheme: github, secrets: [a-secret-of-github] }, to: notify }
expect:
  - { name: nightly, event_type: backup.done, within: 26h }
`;
const FILES = { 'push.json': '{"ref": "refs/heads/main"}' };

const BUNDLE = 'bundled.tar.gz';

/** Exit codes of an example that is wrong: bad usage, nothing to talk to, a bad configuration. */
const WRONG = [2, 69, 78];

/** What examples mean by `0197…`, and by paths of other machines. */
interface Meant {
  readonly job: string;
  readonly failedJob: string;
  readonly runningJob: string;
  readonly event: string;
  readonly delivery: string;
  readonly dir: string;
}

const program = buildProgram(fakeIo(), () => async () => {});

/** Every command with the command lines of its examples, as they stand in its help. */
const COMMANDS = leaves(program).map((command) => ({ name: nameOf(command), examples: examplesOf(command) }));

function nameOf(command: Command): string {
  const words: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) words.unshift(at.name());
  return words.join(' ');
}

function examplesOf(command: Command): readonly string[] {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) });
  command.outputHelp();
  const [, examples = ''] = help.split(/^Examples?:\n/m);
  return [...examples.matchAll(/^ {2}\$ (.+)$/gm)].map(([, line = '']) => line);
}

/** The words of a command line up to a `>` or a `&&`, quotes taken off. */
function wordsOf(line: string): readonly string[] {
  const [own = ''] = line.split(/ (?:>>?|&&|\|) /, 1);
  return [...own.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );
}

function filledIn(name: string, words: readonly string[], meant: Meant): readonly string[] {
  const ids: readonly (readonly [RegExp, string])[] = [
    [/^(event|explain)/, meant.event],
    [/^webhook/, meant.delivery],
    [/^job cancel/, meant.runningJob],
    [/^(job re|dead|replay|bundle)/, meant.failedJob],
  ];
  const id = ids.find(([pattern]) => pattern.test(name))?.[1] ?? meant.job;
  return words.map((word) => {
    if (word === 'ductile-0197….tar.gz') return BUNDLE;
    if (word === '/etc/ductile/ductile.yaml') return join(meant.dir, 'ductile.yaml');
    if (word.startsWith('/backup/')) return join(meant.dir, word.slice('/backup/'.length));
    return word.replace('0197…', id);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function prepared(own: Site): Promise<Meant> {
  const job = await own.json(0, 'run', 'hello', '--wait');
  const failed = await own.json(1, 'run', 'backup', 'run', '--wait');
  assert.equal((await own.say('bundle', failed['id'], '--out', BUNDLE)).code, 0);
  const running = await own.json(0, 'run', 'slow', 'run');
  const event = await own.json(0, 'emit', 'backup.done', '--payload', '{"bytes": 1}');
  assert.equal((await own.say('webhook', 'send', 'github')).code, 0);
  const [delivery] = (await own.json(0, 'webhook', 'deliveries'))['deliveries'];
  return {
    job: job['id'],
    failedJob: failed['id'],
    runningJob: running['job_id'],
    event: event['event_id'],
    delivery: delivery.id,
    dir: own.dir,
  };
}

/** Runs one command line; one that goes on until Ctrl-C gets that. */
async function perform(own: Site, words: readonly string[]): Promise<{ readonly code: number; readonly err: string }> {
  const terminal = words.includes('--watch') ? { terminal: { columns: 100, rows: 40 } } : {};
  const io = fakeIo({ cwd: own.dir, ...terminal });
  let ended = false;
  const code = runCli(words, io).finally(() => {
    ended = true;
  });
  const follows = words.some((word) => ['-f', '--follow', '--watch', '-w'].includes(word)) && words[0] !== 'run';
  while (follows && !ended) {
    await after(20);
    if (io.isHeard()) io.signal('SIGINT');
  }
  return { code: await code, err: io.stderr.text };
}

describe('an example of --help', { timeout: 120_000 }, () => {
  it('is there for every command', () => {
    assert.deepEqual(
      COMMANDS.filter(({ examples }) => examples.length === 0).map(({ name }) => name),
      [],
    );
  });

  it('runs as it stands there', async (t) => {
    const own = site(t, CONFIG.replace('PORT', String(await freePort())), FILES);
    const start = COMMANDS.find(({ name }) => name === 'start')?.examples[0] ?? '';
    const nothing = { job: '', failedJob: '', runningJob: '', event: '', delivery: '', dir: own.dir };
    const [, , ...flags] = filledIn('start', wordsOf(start), nothing);
    const gateway = await own.start({}, ...flags);
    const meant = await prepared(own);
    const wrong: string[] = [];
    for (const { name, examples } of COMMANDS) {
      for (const example of examples.filter(() => name !== 'start')) {
        const [first, ...words] = filledIn(name, wordsOf(example), meant);
        assert.equal(first, 'ductile', example);
        assert.ok(words.join(' ').startsWith(name), `an example of ${name} is one of another command: ${example}`);
        const { code, err } = await perform(own, words);
        if (WRONG.includes(code)) wrong.push(`${example} ended with ${code}: ${err}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.equal(await gateway.stop(), 0);
  });
});
