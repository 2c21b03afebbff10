import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { socketPathOf } from '../../src/disk/socket-path.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { site } from './site.ts';

describe('with a gateway', () => {
  it('run --wait shows how the job ends, with everything that came of it', async (t) => {
    const s = site(t);
    const gateway = await s.start();
    const job = await s.json(0, 'run', 'greet', '--wait');
    assert.deepEqual([job.status, job.result, job.attempts.length], ['succeeded', { text: 'hello' }, 1]);
    assert.deepEqual([job.events[0].type, job.children[0].instance], ['greet.done', 'echo']);

    const child = await s.json(0, 'job', 'show', job.children[0].id);
    assert.deepEqual(
      child.lineage.map((step: Record<string, unknown>) => [
        step['instance'],
        step['event_type'],
        step['submitted_by'],
      ]),
      [
        ['greet', null, 'cli'],
        ['echo', 'greet.done', 'route:greeted'],
      ],
    );
    const text = await s.say('job', 'show', child.id);
    assert.match(
      text.out,
      /Lineage\n {2}cli\n {2}→ greet poll {16}[\w-]+\n {2}→ greet\.done → echo handle {2}this job\n/,
    );

    const failed = await s.sayWith({}, 'run', 'refuse', '--wait', '--json');
    assert.equal(failed.code, 1);
    assert.deepEqual(JSON.parse(failed.out).last_error, {
      code: 'auth_failed',
      message: 'the token \u001b[31mexpired',
    });
    assert.equal(failed.err, '');
    assert.equal(await gateway.stop(), 0);
  });

  it('a wait that expires ends with 75 and the job goes on; cancel ends it', async (t) => {
    const s = site(t);
    const gateway = await s.start();
    const said = await s.sayWith({}, 'run', 'slow', '--wait', '--timeout', '100ms', '--json');
    assert.equal(said.code, 75);
    const job = JSON.parse(said.out);
    assert.deepEqual([job.status, job.attempts[0].outcome], ['running', null]);
    assert.match(JSON.parse(said.err).error.hint, new RegExp(`ductile job show ${job.id}`));
    assert.match((await s.say('job', 'show', job.id)).out, /#1 running {2}now\n/);
    assert.equal((await s.error(1, 'job', 'retry', job.id)).code, 'not_terminal');
    assert.equal((await s.json(0, 'job', 'cancel', job.id)).status, 'cancelled');
    assert.equal((await s.error(1, 'job', 'cancel', job.id)).code, 'already_terminal');
    await gateway.stop();
  });

  it('run, emit and retry answer at once and do not speak of a later start', async (t) => {
    const s = site(t);
    const gateway = await s.start();
    assert.match((await s.say('run', 'echo')).out, /^job [\w-]+ is queued\n$/);
    assert.doesNotMatch((await s.say('emit', 'greet.done', '--payload', '{"n":2}')).out, /No gateway/);
    const status = await s.json(0, 'status');
    assert.deepEqual([status.running, status.pid], [true, process.pid]);
    assert.match((await s.say('status')).out, /^● testing is running \(pid \d+\) for .*, \d+ slots\n/);
    assert.equal((await s.error(2, 'run', 'ecko')).hint, 'did you mean "echo"?');
    const emission = await s.json(0, 'emit', 'nobody.cares', '--dedupe-key', 'k');
    assert.deepEqual([emission.jobs, emission.decisions.length], [[], 1]);
    await gateway.stop();
  });

  it('a second start ends with 1, naming the process that holds the state directory', async (t) => {
    const s = site(t);
    const gateway = await s.start();
    const error = await s.error(1, 'start');
    assert.equal(error.code, 'already_running');
    assert.match(error.message, new RegExp(`process ${process.pid} holds`));
    assert.equal(await gateway.stop(), 0);
  });

  it('who waits is told when the gateway stops; a second signal does not wait for the grace', async (t) => {
    const s = site(t);
    const gateway = await s.start();
    const waiting = s.error(75, 'run', 'slow', '--wait');
    const running = async (): Promise<string> => {
      const { jobs } = await s.json(0, 'job', 'list', '--status', 'running');
      return jobs[0]?.id ?? running();
    };
    const id = await running();
    gateway.io.signal('SIGTERM');
    const error = await waiting;
    assert.equal(error['code'], 'draining');
    assert.match(error['hint'], new RegExp(`ductile job show ${id}`));
    assert.equal((await s.error(75, 'run', 'echo'))['code'], 'draining');
    gateway.io.signal('SIGTERM');
    assert.equal(await gateway.io.exited, 143);
    await gateway.ended;
    assert.equal((await s.json(0, 'job', 'show', id))['status'], 'queued');
  });
});

describe('with something else in the place of a gateway', () => {
  it('writing says that the holder does not answer (69); reading reads the files', async (t) => {
    const s = site(t);
    const gateway = await s.start();
    // The lock is held, but the socket is gone.
    rmSync(socketPathOf(join(s.dir, 'state')));
    const error = await s.error(69, 'run', 'echo');
    assert.equal(error.code, 'gateway_unreachable');
    assert.equal((await s.json(0, 'status')).running, false);
    assert.match((await s.say('status')).out, / held {3}process \d+ holds \S+, but does not answer/);
    await gateway.stop();
    assert.doesNotMatch((await s.say('status')).out, / held /);
  });

  it('a listener that answers nonsense is no gateway', async (t) => {
    const s = site(t);
    await listenFor(
      t,
      s.dir,
      createServer((socket) => socket.end('nonsense')),
    );
    assert.equal((await s.json(0, 'status'))['running'], false);
  });

  for (const [what, answer] of [
    ['goes away', 'destroy'],
    ['answers no JSON', 'text'],
  ] as const) {
    it(`a gateway that ${what} in the middle of a request is unreachable (69)`, async (t) => {
      const s = site(t);
      const server = createHttpServer((request, response) => {
        if (request.url === '/healthz') response.end('{}');
        else if (answer === 'text') response.end('no JSON');
        else request.socket.destroy();
      });
      await listenFor(t, s.dir, server);
      const error = await s.error(69, 'status');
      assert.equal(error['code'], 'gateway_unreachable');
      assert.match(error['message'], /^the gateway went away before it had answered \(/);
    });
  }

  it('a problem that this version does not know, or that is none, is passed on as far as it goes', async (t) => {
    const s = site(t);
    const server = createHttpServer(({ url }, response) => {
      response.statusCode = url === '/healthz' ? 200 : 418;
      response.end(url?.includes('status') === true ? '{"code":"tea","detail":"a teapot"}' : '[]');
    });
    await listenFor(t, s.dir, server);
    assert.deepEqual((await s.error(1, 'status'))['message'], 'a teapot');
    assert.match((await s.error(1, 'schedule', 'list'))['message'], /gave no reason/);
  });
});

/** Listens where the gateway of a site would. */
async function listenFor(t: TestContext, dir: string, server: Server): Promise<void> {
  mkdirSync(join(dir, 'state'), { mode: 0o700 });
  await new Promise<void>((resolve) => {
    server.listen(socketPathOf(join(dir, 'state')), resolve);
  });
  t.after(() => server.close());
}

describe('ductile start', () => {
  it('tells programs what runs in one line of JSON, paths included', async (t) => {
    const s = site(t);
    const gateway = await s.start();
    assert.equal(await gateway.stop(), 0);
    const lines = gateway.io.stdout.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const ready = lines.find(({ msg }) => msg === 'the gateway is ready');
    assert.deepEqual([ready.pid, ready.instances, ready.schedules, ready.routes], [process.pid, 7, 1, 2]);
    assert.deepEqual(ready.paths, [{ instance: 'greet', key: 'folder', path: join(s.dir, 'drop') }]);
    assert.deepEqual(
      lines.slice(-2).map(({ msg }) => msg),
      ['stopping: running jobs may end, nothing new starts', 'stopped'],
    );
  });

  it('tells people what runs, when next, where files go and what to type', async (t) => {
    const s = site(t);
    const gateway = await s.start({ terminal: { columns: 100 } });
    const { stdout } = gateway.io;
    assert.match(stdout.text, /● testing is running \(pid \d+, ductile\.yaml\)\n/);
    assert.match(stdout.text, /^greet +cron 0 0 1 1 \* +in \d+ d +Says hello$/m);
    assert.match(stdout.text, /^off +disabled +–/m);
    assert.match(stdout.text, /^slow +when asked +–/m);
    assert.match(stdout.text, /^greet\.done +→ echo +greeted$/m);
    assert.match(stdout.text, /^greet folder +drop$/m);
    assert.match(stdout.text, /^ductile job show <id> +# one job/m);
    assert.doesNotMatch(stdout.text, /^\{/m);
    await s.json(0, 'run', 'greet', '--wait');
    await stdout.shows(/^\d\d:\d\d:\d\d ✓ greet poll attempt succeeded .*$/m);
    await gateway.stop();
    assert.match(stdout.text, /stopping: running jobs may end/);
  });

  it('names the configuration in what to type when it is not found by itself, for npm, too', async (t) => {
    const s = site(t);
    const env = { DUCTILE_CONFIG: s.dir, npm_lifecycle_event: 'start' };
    const gateway = await s.start({ terminal: { columns: 200 }, cwd: '/', env });
    assert.ok(gateway.io.stdout.text.includes(`npx ductile status --config ${s.dir.slice(1)}/ductile.yaml `));
    await gateway.stop();
  });

  it('shows warnings before it starts', async (t) => {
    const config = 'service: { state_dir: ./state }\nplugins:\n  greet: { config: { foldr: ./x } }\n';
    const s = site(t, config);
    const forPeople = await s.start({ terminal: { columns: 100 } });
    assert.match(forPeople.io.stdout.text, /^.*ductile\.yaml:3:\d+ warning config_key_unknown .*foldr/m);
    await forPeople.stop();
    const forPrograms = await s.start();
    await forPrograms.stop();
    assert.match(forPrograms.io.stdout.text, /"level":"warn".*"code":"config_key_unknown"/);
  });
});

it('a wait longer than one request may last is made of several', async (t) => {
  const s = site(t);
  const gateway = await s.start();
  // Far beyond the hour that the API grants one request; the job ends at once.
  const before = systemClock.monotonic();
  assert.equal((await s.json(0, 'run', 'list', '--wait', '--timeout', '7d')).result, 'one\ntwo\n');
  assert.ok(systemClock.monotonic() - before < 60_000);
  await gateway.stop();
});
