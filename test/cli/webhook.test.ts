import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { blocksOf, textOf } from '../docs/pages.ts';
import { SECTIONS } from '../webhooks/samples.ts';
import { type Site, site } from './site.ts';

const EXTRA = [
  { name: 'answers', path: '/hook/answers', verify: SECTIONS['github'], to: 'list', respond: { wait: '10s' } },
  { name: 'fails', path: '/hook/fails', verify: SECTIONS['github'], to: 'fails' },
  { name: 'bytes', path: '/hook/bytes', verify: SECTIONS['github'], body: 'raw', emit: 'bytes.came', query: ['q'] },
  { name: 'strict', path: '/hook/strict', verify: SECTIONS['github'], to: 'list', mode: 'observe', max_body: '1KiB' },
  { name: 'backups', path: '/hook/backups', verify: SECTIONS['hmac-timed'], to: 'list' },
  { name: 'open', path: '/hook/open', verify: { scheme: 'none', i_understand_this_is_public: true }, to: 'list' },
];

const run = promisify(execFile);
const noCurl =
  [spawnSync('curl', ['--version']), spawnSync('openssl', ['version'])].some(({ error }) => error !== undefined) &&
  'curl or openssl is not there';

/** A folder with an endpoint for each scheme, all of them observed, and some that run what they accept. */
async function webhooks(t: TestContext, files: Readonly<Record<string, string>> = {}): Promise<Site> {
  const schemes = Object.entries(SECTIONS).map(([name, verify]) => {
    return { name, path: `/hook/${name}`, verify, to: 'list', mode: 'observe' };
  });
  const config = {
    service: { name: 'testing', state_dir: './state' },
    plugins: {
      list: { uses: 'exec', config: { shell: 'cat', stdin: 'payload' } },
      fails: { uses: 'exec', config: { shell: 'exit 65' } },
    },
    webhooks: {
      listen: `127.0.0.1:${await freePort()}`,
      public_url: 'https://hooks.example.org/',
      endpoints: [...schemes, ...EXTRA],
    },
  };
  return site(t, JSON.stringify(config), files);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The id of the only delivery of a webhook. */
async function onlyDelivery(s: Site, name: string): Promise<string> {
  const { deliveries } = await s.json(0, 'webhook', 'deliveries', name);
  assert.equal(deliveries.length, 1);
  return deliveries[0].id;
}

describe('ductile webhook, with a gateway', () => {
  it('finds nothing wrong with any scheme in the real listener', async (t) => {
    const s = await webhooks(t);
    const gateway = await s.start();
    for (const name of [...Object.keys(SECTIONS), 'strict']) {
      const said = await s.say('webhook', 'test', name);
      assert.equal(said.code, 0, `${name}\n${said.out}${said.err}`);
    }
    const real = await s.json(0, 'webhook', 'test', 'answers', '--run');
    assert.deepEqual([real['trials'][0].status, real['trials'][1].status], [200, 200]);
    await gateway.stop();
  });

  it('list shows addresses, what they become and what came in', async (t) => {
    const s = await webhooks(t);
    const gateway = await s.start();
    for (const id of ['one', 'two', 'one'])
      await s.json(0, 'webhook', 'send', 'github', '--id', id, '-d', `{"id":"${id}"}`);
    await s.json(1, 'webhook', 'send', 'github', '-H', 'x-hub-signature-256: sha256=00');
    await gateway.stop();
    // Refusals are counted together and written when the gateway stops, at the latest.
    const { webhooks: listed } = await s.json(0, 'webhook', 'list');
    const github = listed.find(({ name }: { name: string }) => name === 'github');
    const { accepted, repeated, rejected, url, scheme, mode, to, emits } = github;
    assert.deepEqual([accepted, repeated, rejected, emits], [2, 1, 1, false]);
    assert.deepEqual([url, scheme, mode], ['https://hooks.example.org/hook/github', 'github', 'observe']);
    assert.deepEqual(to, { instance: 'list', command: 'handle' });
    const { out } = await s.say('webhook', 'list');
    assert.match(out, /^github +https:\/\/hooks\.example\.org\/hook\/github +github +observed only +2 +1 +1 +\S/m);
    assert.match(out, /^bytes +\S+ +github +an event +0 +0 +0 +–$/m);
    assert.match(out, /^open +\S+ +none +list handle +0 /m);
    const refused = await s.json(0, 'webhook', 'deliveries', 'github', '--rejected');
    assert.deepEqual(
      refused['rejected'].map(({ reason, count, remote }: Record<string, unknown>) => [reason, count, remote]),
      [['signature_malformed', 1, '127.0.0.1']],
    );
    const text = await s.say('webhook', 'deliveries', '--rejected');
    assert.match(text.out, /^github +signature_malformed +1 +127\.0\.0\.1 /m);
  });

  it('show has headers, query, body, what it became and what to do next', async (t) => {
    const bytes = `#${'\u00ff'.repeat(600)}`;
    const s = await webhooks(t, { 'body.json': '{"list": [1, 2],\n "text": "two\\nlines \\u001b[31m"}' });
    const gateway = await s.start();
    const address = (await s.json(0, 'webhook', 'sign', 'bytes', '--curl'))['curl'].split(' ').at(-1);
    await s.json(0, 'webhook', 'send', 'fails', '-d', '@body.json', '-H', 'X-GitHub-Event: push', '--id', 'd-1');
    await s.json(0, 'webhook', 'send', 'bytes', '-d', bytes, '--url', `${address}?q=1&other=2`);
    const failed = await onlyDelivery(s, 'fails');
    const { job_id: job } = await s.json(0, 'webhook', 'show', failed);
    await s.json(0, 'webhook', 'send', 'fails', '-d', '@body.json', '-H', 'X-GitHub-Event: push', '--id', 'd-2');
    await gateway.stop();

    const { out } = await s.say('webhook', 'show', failed);
    assert.match(out, new RegExp(`^${failed} fails\\n {2}came +.* from 127\\.0\\.0\\.1\\n {2}id +d-1\\n`));
    assert.match(out, new RegExp(`  became +job ${job}, (failed|queued|running)\\n {2}repeats +1, the last one `));
    assert.match(out, /Headers\n {2}x-github-delivery: d-1\n {2}x-github-event: push\nBody\n/);
    assert.match(out, /"text": "two\\nlines \\u001b\[31m"|"text":"two\\nlines \\u001b\[31m"/);

    const { out: raw } = await s.say('webhook', 'show', await onlyDelivery(s, 'bytes'));
    assert.match(raw, /Query\n {2}q: 1\nBody\n {4}#ÿÿ/);
    assert.match(raw, /became +event [\w-]+\n/);
    assert.match(raw, /the routes made of it: ductile event show [\w-]+\n$/);
  });

  it('show masks what the configuration or the name of a field calls secret', async (t) => {
    const s = await webhooks(t);
    const gateway = await s.start();
    await s.json(0, 'webhook', 'send', 'github', '-d', '{"password":"canary-1","text":"an-example-of-a-secret"}');
    await s.json(0, 'webhook', 'send', 'twilio', '-d', 'password=canary-2&text=an-example-of-a-secret');
    for (const name of ['github', 'twilio']) {
      const id = await onlyDelivery(s, name);
      for (const more of [[], ['--json']]) {
        const { out } = await s.say('webhook', 'show', id, ...more);
        assert.match(out, /password.*\*\*\*/);
        assert.doesNotMatch(out, /canary|an-example-of-a-secret/);
      }
    }
    await gateway.stop();
    assert.doesNotMatch(gateway.io.stdout.text, /canary|an-example-of-a-secret/);
  });

  it('show has the beginning of a body that is no text, in hexadecimal', async (t) => {
    const s = await webhooks(t);
    const gateway = await s.start();
    writeFileSync(join(s.dir, 'body.bin'), Buffer.alloc(300, 0xfe));
    await s.json(0, 'webhook', 'send', 'bytes', '-d', '@body.bin');
    const { out } = await s.say('webhook', 'show', await onlyDelivery(s, 'bytes'));
    assert.match(out, /Body\n( {4}(fe){32}\n){8} {4}… 44 more bytes; --json has all of them\n/);
    await gateway.stop();
  });

  it('the curl line of sign reaches the listener under the name that was signed', { skip: noCurl }, async (t) => {
    const s = await webhooks(t);
    const gateway = await s.start();
    for (const name of ['twilio', 'standard', 'linear']) {
      const { out } = await s.say('webhook', 'sign', name, '--curl');
      const { stdout } = await run('/bin/sh', ['-c', `${out.trimEnd()} -o /dev/null -w '%{http_code}'`]);
      assert.equal(stdout, '202', out);
    }
    await gateway.stop();
  });

  it('a program signs as the page on HMAC shows', { skip: noCurl }, async (t) => {
    const [yaml = ''] = blocksOf(textOf('docs/webhooks/hmac.md'), 'yaml');
    const [script = ''] = blocksOf(textOf('docs/webhooks/hmac.md'), 'sh');
    const listen = `127.0.0.1:${await freePort()}`;
    const config = yaml.replace('webhooks:\n', `service: { state_dir: ./state }\nwebhooks:\n  listen: ${listen}\n`);
    const s = site(t, config);
    const env = { BACKUPS_SECRET: 'a secret that only two know' };
    const gateway = await s.start({ env });
    const line = script.replace('https://hooks.example.org', `http://${listen}`);
    const { stdout } = await run('/bin/bash', ['-c', line], { env: { ...process.env, ...env } });
    assert.match(stdout, /^\{"delivery_id":"[\w-]+","event_id":"[\w-]+"\}$/);
    await gateway.stop();
  });

  it('send shows what the job came to where the endpoint answers with it', async (t) => {
    const s = await webhooks(t);
    const gateway = await s.start();
    const said = await s.say('webhook', 'send', 'answers', '-d', '{"a":1}');
    assert.equal(said.code, 0, said.out);
    assert.match(said.out, /^200 OK after .*\n.*a.*1/);
    await gateway.stop();
  });
});

describe('ductile webhook redeliver', () => {
  it('runs what was only observed, and queues again what has failed', async (t) => {
    const s = await webhooks(t);
    const gateway = await s.start();
    await s.json(0, 'webhook', 'send', 'github');
    await s.json(0, 'webhook', 'send', 'fails');
    const observed = await onlyDelivery(s, 'github');
    const ran = await s.json(0, 'webhook', 'redeliver', observed);
    assert.deepEqual([ran['redelivered'], ran['jobs'].length, ran['event_id']], ['run', 1, null]);

    const failed = await onlyDelivery(s, 'fails');
    const { job_id: id } = await s.json(0, 'webhook', 'show', failed);
    await ended(s, id);
    const { deliveries } = await s.json(0, 'webhook', 'deliveries', '--failed');
    assert.deepEqual(
      deliveries.map((one: { id: string }) => one.id),
      [failed],
    );
    const { out } = await s.say('webhook', 'redeliver', failed);
    assert.equal(out, `job ${id} is queued again\n`);
    await ended(s, ran['jobs'][0]);
    assert.equal((await s.error(1, 'webhook', 'redeliver', observed))['code'], 'already_terminal');
    await gateway.stop();
  });

  it('without a gateway stores it and says so; reading reads the files', async (t) => {
    const s = await webhooks(t);
    const gateway = await s.start();
    await s.json(0, 'webhook', 'send', 'github');
    await gateway.stop();
    const id = await onlyDelivery(s, 'github');
    assert.match((await s.say('webhook', 'show', id)).out, /nothing: it was only observed/);
    assert.match((await s.say('webhook', 'list')).out, /^github +\S+ +github +observed only +1 /m);
    assert.match((await s.say('webhook', 'redeliver', id)).out, /^job [\w-]+ is queued\nNo gateway is running/);
  });

  it('says that no route took the event of a delivery, and who knows why', async (t) => {
    const s = await webhooks(t);
    const gateway = await s.start();
    await s.json(0, 'webhook', 'send', 'bytes');
    const id = await onlyDelivery(s, 'bytes');
    const error = await s.error(1, 'webhook', 'redeliver', id);
    assert.match(
      error['message'],
      /has not failed: no route made a job of its event \S+; `ductile explain \S+` tells why$/,
    );
    await gateway.stop();
  });

  it('says first that the webhook of a delivery was renamed or removed, and what to do', async (t) => {
    const s = await webhooks(t);
    const gateway = await s.start();
    await s.json(0, 'webhook', 'send', 'github');
    await s.json(0, 'webhook', 'send', 'fails');
    const observed = await onlyDelivery(s, 'github');
    const failed = await onlyDelivery(s, 'fails');
    await ended(s, (await s.json(0, 'webhook', 'show', failed))['job_id']);
    await gateway.stop();
    const file = join(s.dir, 'ductile.yaml');
    const config = JSON.parse(readFileSync(file, 'utf8'));
    const { endpoints } = config.webhooks;
    const without = (...names: readonly string[]) =>
      endpoints.filter(({ name }: { name: string }) => !names.includes(name));
    const renamed = { ...EXTRA[1], name: 'fail', to: 'list' };

    config.plugins = { list: config.plugins.list };
    config.webhooks.endpoints = [...without('github', 'fails'), renamed];
    writeFileSync(file, JSON.stringify(config));
    const unknown = await s.error(1, 'webhook', 'redeliver', observed);
    assert.equal(unknown['code'], 'not_found');
    const gone = (name: string, id: string) =>
      `the webhook "${name}" that took delivery ${id} is not configured any more`;
    assert.equal(unknown['message'], gone('github', observed));
    const again = (id: string) =>
      `again, run \`ductile reload\`, then \`ductile webhook redeliver ${id}\`; or have its sender deliver it to the webhook that took its place.`;
    assert.equal(unknown['hint'], `Configure github under \`webhooks.endpoints\` ${again(observed)}`);

    const both = await s.error(2, 'webhook', 'redeliver', failed);
    assert.equal(both['code'], 'unknown_instance');
    assert.equal(
      both['message'],
      `${gone('fails', failed)}; the instance "fails" of the job is not configured any more`,
    );
    assert.equal(both['hint'], `Configure fails under \`webhooks.endpoints\` and the instance ${again(failed)}`);

    config.webhooks.endpoints = without('fails').concat({ ...EXTRA[1], to: 'list' });
    writeFileSync(file, JSON.stringify(config));
    const downstream = await s.error(2, 'webhook', 'redeliver', failed);
    assert.equal(downstream['message'], 'the instance "fails" of the job is not configured any more');
    assert.equal(downstream['hint'], 'Configure fails again and run `ductile reload`.');
  });

  it('refuses what there is not, and flags that contradict each other', async (t) => {
    const s = await webhooks(t);
    assert.equal((await s.error(1, 'webhook', 'redeliver', 'nothing'))['code'], 'not_found');
    assert.equal((await s.error(1, 'webhook', 'show', 'nothing'))['code'], 'not_found');
    const error = await s.error(2, 'webhook', 'deliveries', '--failed', '--rejected');
    assert.equal(error['message'], '--failed and --rejected do not go together');
    assert.equal((await s.say('webhook', 'deliveries')).out, 'no deliveries\n');
    assert.equal((await s.say('webhook', 'deliveries', '--rejected')).out, 'nothing was refused\n');
    assert.equal((await s.error(69, 'webhook', 'send', 'github'))['code'], 'gateway_unreachable');
    assert.equal((await s.error(69, 'webhook', 'test', 'github'))['code'], 'gateway_unreachable');
  });
});

/** Waits for a job to end, whatever it comes to; time is the job's own. */
async function ended(s: Site, id: string): Promise<void> {
  const { status } = await s.json(0, 'job', 'show', id);
  if (status === 'queued' || status === 'running') await ended(s, id);
}

/** The words that a shell makes of a line. */
function wordsOf(line: string): readonly string[] {
  return execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

describe('examples of ductile webhook', () => {
  const PAGES = ['docs/cli.md', 'docs/webhooks.md', 'docs/webhooks/github.md', 'docs/webhooks/hmac.md'];
  const COMMANDS = ['list', 'deliveries', 'show', 'redeliver', 'sign', 'send', 'test'];

  it('work as they stand in the pages and in --help', async (t) => {
    const s = await webhooks(t, { 'push.json': '{"ref": "refs/heads/main"}' });
    const gateway = await s.start();
    const inPages = PAGES.flatMap((path) => blocksOf(textOf(path), 'sh')).flatMap((block) => block.split('\n'));
    const helps = await Promise.all(COMMANDS.map(async (name) => (await s.say('webhook', name, '--help')).out));
    const inHelp = helps.flatMap((help) => help.split('\n').map((line) => line.replace(/^ {2}\$ /, '')));
    const lines = [...inPages, ...inHelp].filter((line) => line.startsWith('ductile webhook '));
    assert.ok(lines.length >= 14, lines.join('\n'));
    await s.json(0, 'webhook', 'send', 'github');
    const id = await onlyDelivery(s, 'github');
    for (const line of lines) {
      const said = await s.say(...wordsOf(line.replace('0197…', id)).slice(1));
      assert.equal(said.code, 0, `${line}\n${said.out}${said.err}`);
    }
    await gateway.stop();
  });
});
