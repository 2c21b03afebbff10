import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { ROUTES } from '../../src/http/api/routes.ts';
import { type Site, site } from '../cli/site.ts';
import { callTcp, type TcpAnswer, type TcpRequest } from './api-client.ts';

// Who may call which route: every route of the table, called by everybody, over TCP. What each route needs is written
// down here once more, by hand: a scope that is changed in one place only fails.

const CONFIG = `
service: { state_dir: ./state }
api: { listen: "127.0.0.1:0" }
plugins:
  mine: { uses: exec, config: { shell: "if [ -e ran ]; then exit 65; fi; touch ran", emit: ran }, schedules: [ { id: yearly, cron: "0 0 1 1 *" } ] }
  stranger: { uses: exec, config: { shell: "if [ -e ran ]; then exit 65; fi; touch ran", emit: ran }, schedules: [ { id: yearly, cron: "0 0 1 1 *" } ] }
webhooks:
  listen: "127.0.0.1:0"
  endpoints: [ { name: hook, path: /hook, verify: { scheme: github, secrets: [0123456789abcdef] }, to: stranger } ]
`;

type Scope = 'read' | 'submit' | 'operate' | 'admin';

/** What there is of an instance. */
interface Things {
  readonly instance: string;
  readonly job: string;
  readonly event: string;
  /** Of a job that has failed. */
  readonly fingerprint: string;
  readonly version: string;
}

type Sample = (things: Things) => Pick<TcpRequest, 'path' | 'body'>;

/** A route with what it needs, and requests about the things of an instance. */
interface Policy {
  readonly scope: Scope;
  /** `gateway`: closed to whoever is limited to instances. `named`: open for those instances. `filtered`: shows no other. */
  readonly reach: 'gateway' | 'named' | 'filtered';
  readonly requests: readonly Sample[];
}

const POLICIES: Readonly<Record<string, Policy>> = {
  'POST /jobs': of('submit', 'named', ({ instance }) => ({ path: '/jobs', body: { instance, command: 'run' } })),
  'POST /jobs/batch': of('submit', 'named', ({ instance }) => ({
    path: '/jobs/batch',
    body: { jobs: [{ instance, command: 'run' }] },
  })),
  'POST /jobs/bulk': of(
    'operate',
    'filtered',
    ({ instance }) => ({ path: '/jobs/bulk', body: { action: 'retry', filter: { instance } } }),
    ({ job }) => ({ path: '/jobs/bulk', body: { action: 'replay', filter: { ids: [job] } } }),
    () => ({ path: '/jobs/bulk', body: { action: 'cancel', filter: { all: true } } }),
    ({ fingerprint }) => ({ path: '/jobs/bulk', body: { action: 'retry', filter: { fingerprint }, dry_run: true } }),
  ),
  'POST /jobs/:id/replay': of('operate', 'named', ({ job }) => ({ path: `/jobs/${job}/replay`, body: {} })),
  'GET /dead': of(
    'read',
    'filtered',
    ({ instance }) => ({ path: `/dead?instance=${instance}` }),
    () => ({ path: '/dead' }),
  ),
  'GET /dead/:fingerprint': of('read', 'named', ({ fingerprint }) => ({ path: `/dead/${fingerprint}` })),
  'GET /openapi.json': of('read', 'filtered', () => ({ path: '/openapi.json' })),
  'GET /jobs': of(
    'read',
    'filtered',
    ({ instance }) => ({ path: `/jobs?instance=${instance}` }),
    () => ({ path: '/jobs?limit=500' }),
  ),
  'GET /jobs/:id': of('read', 'named', ({ job }) => ({ path: `/jobs/${job}` })),
  'GET /jobs/:id/attempts': of('read', 'named', ({ job }) => ({ path: `/jobs/${job}/attempts` })),
  'GET /jobs/:id/trace': of('read', 'named', ({ job }) => ({ path: `/jobs/${job}/trace` })),
  'POST /jobs/:id/cancel': of('operate', 'named', ({ job }) => ({ path: `/jobs/${job}/cancel` })),
  'POST /jobs/:id/retry': of('operate', 'named', ({ job }) => ({ path: `/jobs/${job}/retry` })),
  'GET /trace/:id': of(
    'read',
    'filtered',
    ({ job }) => ({ path: `/trace/${job}` }),
    ({ event }) => ({ path: `/trace/${event}` }),
  ),
  'GET /stream': of('read', 'filtered', () => ({ path: '/stream' })),
  'POST /events': of('submit', 'gateway', () => ({ path: '/events', body: { type: 'a.b' } })),
  'GET /events': of(
    'read',
    'filtered',
    ({ job }) => ({ path: `/events?job_id=${job}` }),
    ({ instance }) => ({ path: `/events?source=instance:${instance}` }),
    () => ({ path: '/events?limit=500' }),
  ),
  'GET /events/:id': of('read', 'named', ({ event }) => ({ path: `/events/${event}` })),
  'GET /routes': of('read', 'gateway', () => ({ path: '/routes' })),
  'POST /routes/test': of('read', 'gateway', () => ({ path: '/routes/test', body: { type: 'a.b' } })),
  'GET /schedules': of('read', 'filtered', () => ({ path: '/schedules' })),
  'POST /schedules/:instance/:id/pause': ofSchedule('pause'),
  'POST /schedules/:instance/:id/resume': ofSchedule('resume'),
  'POST /schedules/:instance/:id/skip': ofSchedule('skip'),
  'POST /schedules/:instance/:id/run': ofSchedule('run'),
  'GET /instances': of('read', 'filtered', () => ({ path: '/instances' })),
  'GET /instances/:id': of('read', 'named', ({ instance }) => ({ path: `/instances/${instance}` })),
  'POST /instances/:id/pause': ofInstance('pause'),
  'POST /instances/:id/resume': ofInstance('resume'),
  'POST /instances/:id/reset': ofInstance('reset'),
  'POST /instances/:id/health': ofInstance('health'),
  'GET /instances/:id/state': of('read', 'named', ({ instance }) => ({ path: `/instances/${instance}/state` })),
  'PUT /instances/:id/state': of('admin', 'named', ({ instance }) => ({
    path: `/instances/${instance}/state`,
    body: { value: {} },
  })),
  'POST /pause': of('operate', 'gateway', () => ({ path: '/pause' })),
  'POST /resume': of('operate', 'gateway', () => ({ path: '/resume' })),
  'GET /webhooks': of('read', 'gateway', () => ({ path: '/webhooks' })),
  'GET /deliveries': of('read', 'gateway', () => ({ path: '/deliveries' })),
  'GET /deliveries/rejected': of('read', 'gateway', () => ({ path: '/deliveries/rejected' })),
  'GET /deliveries/:id': of('read', 'gateway', () => ({ path: '/deliveries/none' })),
  'POST /deliveries/:id/redeliver': of('operate', 'gateway', () => ({ path: '/deliveries/none/redeliver' })),
  'GET /explain': of(
    'read',
    'filtered',
    ({ job }) => ({ path: `/explain?id=${job}` }),
    ({ instance }) => ({ path: `/explain?id=${instance}` }),
  ),
  'GET /explain/:kind/:id*': of(
    'read',
    'filtered',
    ({ job }) => ({ path: `/explain/job/${job}` }),
    ({ event }) => ({ path: `/explain/event/${event}` }),
    ({ instance }) => ({ path: `/explain/instance/${instance}` }),
    ({ instance }) => ({ path: `/explain/schedule/${instance}/yearly` }),
    () => ({ path: '/explain/webhook/hook' }),
  ),
  'GET /status': of('read', 'gateway', () => ({ path: '/status' })),
  'GET /expectations': of('read', 'gateway', () => ({ path: '/expectations' })),
  'GET /config': of('read', 'gateway', () => ({ path: '/config' })),
  'GET /config/values': of('read', 'gateway', () => ({ path: '/config/values' })),
  'GET /config/versions': of('read', 'gateway', () => ({ path: '/config/versions' })),
  'GET /config/versions/:id': of('admin', 'gateway', ({ version }) => ({ path: `/config/versions/${version}` })),
  'POST /reload': of('admin', 'gateway', () => ({ path: '/reload', body: {} })),
  'POST /backup': of('admin', 'gateway', () => ({ path: '/backup', body: {} })),
  'GET /storage': of('read', 'gateway', () => ({ path: '/storage' })),
  'GET /metrics': of('read', 'gateway', () => ({ path: '/metrics' })),
  'GET /secrets': of('admin', 'gateway', () => ({ path: '/secrets' })),
  'GET /decisions': of(
    'read',
    'filtered',
    ({ instance }) => ({ path: `/decisions?instance=${instance}` }),
    ({ job }) => ({ path: `/decisions?job_id=${job}` }),
    ({ event }) => ({ path: `/decisions?event_id=${event}` }),
    () => ({ path: '/decisions?limit=500' }),
  ),
  'GET /jobs/:id/logs': of('read', 'named', ({ job }) => ({ path: `/jobs/${job}/logs` })),
  'GET /jobs/:id/logs/stream': of('read', 'named', ({ job }) => ({ path: `/jobs/${job}/logs/stream` })),
  'GET /tokens': of('admin', 'gateway', () => ({ path: '/tokens' })),
  'POST /tokens': of('admin', 'gateway', () => ({ path: '/tokens', body: { name: 'made', scopes: ['read'] } })),
  'DELETE /tokens/:name': of('admin', 'gateway', () => ({ path: '/tokens/nobody' })),
};

/** What a token is for. */
interface Holder {
  readonly scopes: readonly Scope[];
  /** The one instance that it is limited to. */
  readonly only?: string;
}

const HOLDERS: Readonly<Record<string, Holder>> = {
  read: { scopes: ['read'] },
  submit: { scopes: ['submit'] },
  operate: { scopes: ['operate'] },
  admin: { scopes: ['admin'] },
  'read and submit': { scopes: ['read', 'submit'] },
  'admin of the instance': { scopes: ['admin'], only: 'mine' },
  'read of the instance': { scopes: ['read'], only: 'mine' },
  'admin of another instance': { scopes: ['admin'], only: 'stranger' },
};
const NOBODY = ['no token', 'garbage', 'a token of nobody', 'expired', 'revoked'] as const;

const SUFFICIENT: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read', 'operate', 'admin'],
  submit: ['submit', 'operate', 'admin'],
  operate: ['operate', 'admin'],
  admin: ['admin'],
};

let s: Site;
let at = '';
let things: Readonly<Record<'mine' | 'stranger', Things>>;
const tokens = new Map<string, string | null>();
let clients = 0;

/** Each request comes from an address of its own, of which loopback has enough: failures are counted by address. */
function nextAddress(): string {
  clients += 1;
  return `127.1.${Math.floor(clients / 250)}.${(clients % 250) + 1}`;
}

function ask(who: string, { key, sample, about }: { key: string; sample: Sample | undefined; about: Things }) {
  const [method = ''] = key.split(' ');
  const { path, body } = sample?.(about) ?? assert.fail(key);
  const atRoot = ROUTES.some((route) => route.root === true && `${route.method} ${route.path}` === key);
  const token = tokens.get(who);
  assert.ok(token !== undefined, who);
  return callTcp(at, {
    method,
    path: atRoot ? path : `/api/v1${path}`,
    token,
    from: nextAddress(),
    ...(body === undefined ? {} : { body }),
  });
}

describe('who may call what', () => {
  // The hooks of a suite have no test to clean up after.
  const clean: (() => unknown)[] = [];
  const scope = { after: (work: () => unknown) => clean.unshift(work) } as unknown as TestContext;
  after(async () => {
    for (const work of clean) await work();
  });

  before(async () => {
    s = site(scope, CONFIG);
    const gateway = await s.start();
    at = String(/"api":"([^"]+)"/.exec(gateway.io.stdout.text)?.[1]);
    const create = async (name: string, ...words: readonly string[]): Promise<string> =>
      (await s.json(0, 'token', 'create', name, ...words)).token;
    for (const [who, { scopes, only }] of Object.entries(HOLDERS)) {
      const words = scopes.flatMap((scope) => ['--scope', scope]);
      tokens.set(who, await create(`t${tokens.size}`, ...words, ...(only === undefined ? [] : ['--instance', only])));
    }
    const { config_version: version } = await s.json(0, 'status');
    const thingsOf = async (instance: string): Promise<Things> => {
      const { id: job } = await s.json(0, 'run', instance, 'run', '--wait');
      const { events } = await s.json(0, 'event', 'list', '--job', job);
      await s.json(1, 'run', instance, 'run', '--wait');
      const dead = await callTcp(at, { path: `/api/v1/dead?instance=${instance}`, token: tokens.get('admin') ?? null });
      const { fingerprint } = dead.body['dead'][0];
      return { instance, job, event: events[0].event_id, fingerprint, version };
    };
    things = { mine: await thingsOf('mine'), stranger: await thingsOf('stranger') };
    tokens.set('no token', null);
    tokens.set('garbage', 'dct_x; DROP TABLE tokens');
    tokens.set('a token of nobody', `dct_${'A'.repeat(43)}`);
    tokens.set('expired', await create('expired', '--scope', 'admin', '--expires', '1ms'));
    tokens.set('revoked', await create('revoked', '--scope', 'admin'));
    await s.json(0, 'token', 'revoke', 'revoked');
  });

  it('is written down for every route, as the table has it', () => {
    const table = ROUTES.map(({ method, path, scope }) => [`${method} ${path}`, scope]);
    const here = Object.entries(POLICIES).map(([key, { scope }]) => [key, scope]);
    assert.deepEqual(here.toSorted(), table.toSorted());
    for (const { method, path, reach } of ROUTES) {
      const expected = { limited: 'filtered', named: 'named', gateway: 'gateway' }[reach];
      assert.equal(POLICIES[`${method} ${path}`]?.reach, expected, `${method} ${path}`);
    }
  });

  for (const [key, { scope, reach, requests }] of Object.entries(POLICIES)) {
    it(`${key} is closed to whoever has no valid token, in the same words`, async () => {
      const answers = await Promise.all(
        NOBODY.map((who) => ask(who, { key, sample: requests[0], about: things.mine })),
      );
      for (const { status, headers, text } of answers) {
        assert.equal(status, 401);
        assert.equal(headers['www-authenticate'], 'Bearer');
        assert.equal(text, answers[0]?.text);
      }
    });

    it(`${key} needs ${scope} and is ${reach}`, async () => {
      for (const [who, holder] of Object.entries(HOLDERS)) {
        for (const about of Object.values(things)) {
          for (const sample of requests) {
            const answer = await ask(who, { key, sample, about });
            const cell = `${who} about ${about.instance}: ${answer.status} ${answer.text.slice(0, 300)}`;
            check(answer, { holder, scope, reach, about, cell });
          }
        }
      }
    });
  }

  it('says nothing of which paths there are to whoever has no valid token', async () => {
    for (const path of ['/', '/%zz', '/api/v1/nothing', '/api/v2/jobs', '/metrics/x', '/api/v1/jobs/../status']) {
      for (const who of NOBODY) {
        const token = tokens.get(who) ?? null;
        assert.equal((await callTcp(at, { path, token, from: nextAddress() })).status, 401, `${who} ${path}`);
      }
      const token = tokens.get('read') ?? null;
      const { status } = await callTcp(at, { path, token, from: nextAddress() });
      assert.equal(status, path.includes('%') ? 400 : 404, path);
    }
  });

  it('takes no part of a batch that is for a foreign instance, too', async () => {
    const jobs = [{ instance: 'mine' }, { instance: 'stranger' }].map((job) => ({
      ...job,
      command: 'run',
      priority: 7,
    }));
    const token = tokens.get('admin of the instance') ?? null;
    const path = '/api/v1/jobs/batch';
    assert.equal((await callTcp(at, { method: 'POST', path, token, body: { jobs } })).status, 403);
    const { jobs: made } = await s.json(0, 'job', 'list', '--instance', 'mine', '--limit', '500');
    assert.ok(!made.some(({ priority }: { priority: number }) => priority === 7));
  });

  it('tells everybody that the gateway lives', async () => {
    assert.equal((await callTcp(at, { path: '/healthz', from: nextAddress() })).status, 200);
  });
});

interface Cell extends Pick<Policy, 'scope' | 'reach'> {
  readonly holder: Holder;
  readonly about: Things;
  readonly cell: string;
}

/** What each cell of the matrix must be like. */
function check({ status, text, body }: TcpAnswer, { holder, scope, reach, about, cell }: Cell): void {
  const { scopes, only } = holder;
  const may = scopes.some((held) => SUFFICIENT[scope].includes(held));
  const foreign = only !== undefined && only !== about.instance;
  if (!may || (only !== undefined && reach === 'gateway') || (foreign && reach === 'named')) {
    assert.deepEqual([status, body['code']], [403, 'forbidden'], cell);
  } else if (only !== undefined && reach === 'filtered') {
    const other = only === 'mine' ? things.stranger : things.mine;
    const told = [other.instance, other.job, other.event, other.fingerprint].filter((name) => text.includes(name));
    if (status === 200) assert.deepEqual(told, [], cell);
    else assert.deepEqual([status, body['code']], [403, 'forbidden'], cell);
  } else {
    // Whatever else is wrong with it, it is not a matter of who asks.
    assert.ok(status < 500 && ![401, 403, 415, 421, 429].includes(status), cell);
  }
}

function of(scope: Scope, reach: Policy['reach'], ...requests: readonly Sample[]): Policy {
  return { scope, reach, requests };
}

function ofInstance(verb: string): Policy {
  return of('operate', 'named', ({ instance }) => ({ path: `/instances/${instance}/${verb}` }));
}

function ofSchedule(verb: string): Policy {
  return of('operate', 'named', ({ instance }) => ({ path: `/schedules/${instance}/yearly/${verb}` }));
}
