import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Answer } from '../e2e/gateway-process.ts';
import { SECTIONS } from '../webhooks/samples.ts';
import { site } from './site.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function config(port: number, endpoints: readonly object[]): string {
  return JSON.stringify({
    service: { name: 'explained', state_dir: './state' },
    api: { listen: 'none' },
    plugins: {
      list: { uses: 'exec', config: { shell: 'cat' } },
      fails: { uses: 'exec', config: { shell: 'exit 65' } },
    },
    routes: [{ name: 'small', event_type: 'push.came', when: 'payload.n < 5', to: 'list' }],
    webhooks: { listen: `127.0.0.1:${port}`, public_url: 'https://hooks.example.org', endpoints },
  });
}

const ENDPOINTS = [
  { name: 'signed', path: '/hook/signed', verify: SECTIONS['github'], to: 'list' },
  { name: 'fails', path: '/hook/fails', verify: SECTIONS['github'], to: 'fails' },
  { name: 'emits', path: '/hook/emits', verify: SECTIONS['github'], emit: 'push.came' },
  { name: 'timed', path: '/hook/timed', verify: SECTIONS['hmac-timed'], to: 'list' },
  { name: 'watched', path: '/hook/watched', verify: SECTIONS['github'], to: 'list', mode: 'observe' },
  { name: 'silent', path: '/hook/silent', verify: SECTIONS['github'], to: 'list' },
];

it('tells of webhooks and deliveries what came in, what was refused, why, and what to do', async (t) => {
  const port = await freePort();
  const s = site(t, config(port, ENDPOINTS));
  const gateway = await s.start();
  const explained = async (id: string, says: RegExp, todo: RegExp): Promise<Answer> => {
    const answer = await s.json(0, 'explain', id);
    assert.equal(answer['kind'], 'webhook');
    assert.match(answer['summary'], says);
    assert.match(answer['hints'].join('\n'), todo);
    assert.equal((await s.say('explain', id)).code, 0);
    return answer;
  };
  const until = async (words: readonly string[], satisfies: (answer: Answer) => boolean): Promise<void> => {
    for (let tries = 0; ; tries += 1) {
      const answer = await s.json(0, ...words);
      if (satisfies(answer)) return;
      assert.ok(tries < 2_000, JSON.stringify(answer));
    }
  };
  const sent = async (name: string, ...more: readonly string[]): Promise<string> => {
    await s.json(0, 'webhook', 'send', name, ...more);
    return (await s.json(0, 'webhook', 'deliveries', name))['deliveries'][0].id;
  };

  await explained(
    'silent',
    /^silent has received nothing that is still remembered\.$/,
    /calls https:\/\/hooks\.example\.org\/hook\/silent;/,
  );

  const good = await sent('signed', '--id', 'one');
  const job = /^Delivery \S+ came to signed at .* UTC and became job \S+, which is \w+\./;
  await explained(good, job, /`ductile explain \S+` tells about the job/);
  await s.json(0, 'webhook', 'send', 'signed', '--id', 'one');
  const again = await explained(good, / It came again once, which made nothing new\.$/, /about the job/);
  assert.deepEqual(
    again['reasons'].map(({ code }: Answer) => code),
    ['delivery', 'delivery_repeat'],
  );
  await explained('signed', /^signed took its last delivery at /, new RegExp(`ductile explain ${good}`));

  await s.json(1, 'webhook', 'send', 'signed', '-H', `x-hub-signature-256: sha256=${'0'.repeat(64)}`);
  await until(['explain', 'signed'], ({ summary }) => /refused at/.test(summary));
  const wrong = await explained(
    'signed',
    /^The last request to signed was refused at .* UTC, because its signature did not fit\. In the last day 1 delivery was taken, 1 came again and 1 request was refused\.$/,
    /is not among `secrets` of the webhook signed, or a proxy before the gateway changed the body/,
  );
  const { count, values } = wrong['reasons'].find(({ code }: Answer) => code === 'signature_wrong');
  assert.deepEqual([count, values], [1, { remotes: ['127.0.0.1'] }]);

  await s.json(1, 'webhook', 'send', 'timed', '--at', '2h');
  await until(['explain', 'timed'], ({ summary }) => /refused at/.test(summary));
  await explained(
    'timed',
    /because its timestamp was too far from the time here\./,
    /clocks .* are right .*timedatectl/,
  );

  const failed = await sent('fails');
  await until(['explain', failed], ({ summary }) => /which is failed/.test(summary));
  await explained(
    failed,
    /which is failed\.$/,
    new RegExp(`ductile webhook redeliver ${failed}\` queues its job again`),
  );

  const event = await sent('emits', '-d', '{"n": 9}');
  await explained(
    event,
    /became event \S+\. Route small was not taken: its condition was false\.$/,
    /change `when` of the route small/,
  );

  const observed = await sent('watched');
  await explained(observed, / and was only observed, so it made nothing\.$/, /redeliver \S+` runs it/);
  await explained('watched', /It only observes, so nothing runs\.$/, /Remove `mode: observe` of watched/);

  const kept = ENDPOINTS.filter(({ name }) => name !== 'timed');
  writeFileSync(join(s.dir, 'ductile.yaml'), config(port, kept));
  assert.equal((await s.say('reload')).code, 0);
  await explained('timed', /^timed is not configured any more/, /Configure timed under `webhooks\.endpoints` again/);
  await gateway.stop();
  await explained('signed', /^signed receives nothing, because no gateway runs\./, /ductile start/);
  assert.equal((await s.error(1, 'explain', 'sgned'))['hint'], 'did you mean "signed"?');
});
