import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { ROUTES } from '../../src/http/api/routes.ts';
import { type Site, site } from '../cli/site.ts';
import { callTcp, type TcpRequest } from './api-client.ts';

// Who may call which route: every route of the table, called by everybody, over TCP. What each route needs is written
// down here once more, by hand: a scope that is changed in one place only fails.

const CONFIG = `
service: { state_dir: ./state }
api: { listen: "127.0.0.1:0" }
plugins:
  mine: { uses: exec, config: { argv: ["true"], emit: ran }, schedules: [ { id: yearly, cron: "0 0 1 1 *" } ] }
  stranger: { uses: exec, config: { argv: ["true"], emit: ran }, schedules: [ { id: yearly, cron: "0 0 1 1 *" } ] }
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
  readonly version: string;
}

/** A route with what it needs, and a request about the things of an instance. */
interface Policy {
  readonly scope: Scope;
  /** `gateway`: closed to whoever is limited to instances. `named`: open for those instances. `filtered`: shows no other. */
  readonly reach: 'gateway' | 'named' | 'filtered';
  readonly request: (things: Things) => Pick<TcpRequest, 'path' | 'body'>;
}

const POLICIES: Readonly<Record<string, Policy>> = {
  'POST /jobs': of('submit', 'named', ({ instance }) => ({ path: '/jobs', body: { instance, command: 'run' } })),
  'GET /jobs': of('read', 'filtered', ({ instance }) => ({ path: `/jobs?instance=${instance}` })),
  'GET /jobs/:id': of('read', 'named', ({ job }) => ({ path: `/jobs/${job}` })),
  'GET /jobs/:id/attempts': of('read', 'named', ({ job }) => ({ path: `/jobs/${job}/attempts` })),
  'GET /jobs/:id/trace': of('read', 'named', ({ job }) => ({ path: `/jobs/${job}/trace` })),
  'POST /jobs/:id/cancel': of('operate', 'named', ({ job }) => ({ path: `/jobs/${job}/cancel` })),
  'POST /jobs/:id/retry': of('operate', 'named', ({ job }) => ({ path: `/jobs/${job}/retry` })),
  'GET /trace/:id': of('read', 'filtered', ({ job }) => ({ path: `/trace/${job}` })),
  'GET /stream': of('read', 'filtered', () => ({ path: '/stream' })),
  'POST /events': of('submit', 'gateway', () => ({ path: '/events', body: { type: 'a.b' } })),
  'GET /events': of('read', 'filtered', ({ job }) => ({ path: `/events?job_id=${job}` })),
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
  'GET /explain': of('read', 'filtered', ({ job }) => ({ path: `/explain?id=${job}` })),
  'GET /explain/:kind/:id*': of('read', 'filtered', ({ job }) => ({ path: `/explain/job/${job}` })),
  'GET /status': of('read', 'gateway', () => ({ path: '/status' })),
  'GET /expectations': of('read', 'gateway', () => ({ path: '/expectations' })),
  'GET /config': of('read', 'gateway', () => ({ path: '/config' })),
  'GET /config/values': of('read', 'gateway', () => ({ path: '/config/values' })),
  'GET /config/versions': of('read', 'gateway', () => ({ path: '/config/versions' })),
  'GET /config/versions/:id': of('admin', 'gateway', ({ version }) => ({ path: `/config/versions/${version}` })),
  'POST /reload': of('admin', 'gateway', () => ({ path: '/reload', body: {} })),
  'GET /tokens': of('admin', 'gateway', () => ({ path: '/tokens' })),
  'POST /tokens': of('admin', 'gateway', () => ({ path: '/tokens', body: { name: 'made', scopes: ['read'] } })),
  'DELETE /tokens/:name': of('admin', 'gateway', () => ({ path: '/tokens/nobody' })),
};

/** Whoever calls: a token that is of use, or none. */
const HOLDERS: Readonly<Record<string, { readonly scopes: readonly Scope[]; readonly only?: string }>> = {
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

function ask(who: string, key: string, about: Things) {
  const [method = ''] = key.split(' ');
  const { path, body } = POLICIES[key]?.request(about) ?? assert.fail(key);
  const token = tokens.get(who);
  assert.ok(token !== undefined, who);
  return callTcp(at, {
    method,
    path: `/api/v1${path}`,
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
    const { config_version: version } = await s.json(0, 'status');
    const thingsOf = async (instance: string): Promise<Things> => {
      const { id: job } = await s.json(0, 'run', instance, 'run', '--wait');
      const { events } = await s.json(0, 'event', 'list', '--job', job);
      return { instance, job, event: events[0].event_id, version };
    };
    things = { mine: await thingsOf('mine'), stranger: await thingsOf('stranger') };
    const create = async (name: string, ...words: readonly string[]): Promise<string> =>
      (await s.json(0, 'token', 'create', name, ...words)).token;
    for (const [who, { scopes, only }] of Object.entries(HOLDERS)) {
      const words = scopes.flatMap((scope) => ['--scope', scope]);
      tokens.set(who, await create(`t${tokens.size}`, ...words, ...(only === undefined ? [] : ['--instance', only])));
    }
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

  for (const [key, { scope, reach }] of Object.entries(POLICIES)) {
    it(`${key} is closed to whoever has no valid token, in the same words`, async () => {
      const answers = await Promise.all(NOBODY.map((who) => ask(who, key, things.mine)));
      for (const { status, headers, text } of answers) {
        assert.equal(status, 401);
        assert.equal(headers['www-authenticate'], 'Bearer');
        assert.equal(text, answers[0]?.text);
      }
    });

    it(`${key} needs ${scope} and is ${reach}`, async () => {
      for (const [who, { scopes, only }] of Object.entries(HOLDERS)) {
        for (const about of Object.values(things)) {
          const { status, text, body } = await ask(who, key, about);
          const cell = `${who} about ${about.instance}: ${status} ${text.slice(0, 300)}`;
          const may = scopes.some((held) => SUFFICIENT[scope].includes(held));
          const foreign = only !== undefined && only !== about.instance;
          if (!may || (only !== undefined && reach === 'gateway') || (foreign && reach === 'named')) {
            assert.deepEqual([status, body['code']], [403, 'forbidden'], cell);
          } else if (only !== undefined && reach === 'filtered') {
            assert.ok(status === 200 || status === 403, cell);
            const other = only === 'mine' ? things.stranger : things.mine;
            if (status === 200) assert.ok(![other.instance, other.job].some((name) => text.includes(name)), cell);
            else assert.ok(foreign, cell);
          } else {
            // Whatever else is wrong with it, it is not a matter of who asks.
            assert.ok(status < 500 && ![401, 403, 415, 421, 429].includes(status), cell);
          }
        }
      }
    });
  }

  it('says nothing of which paths there are to whoever has no valid token', async () => {
    for (const path of ['/', '/api/v1/nothing', '/api/v2/jobs', '/metrics', '/api/v1/jobs/../status']) {
      for (const who of NOBODY) {
        const token = tokens.get(who) ?? null;
        assert.equal((await callTcp(at, { path, token, from: nextAddress() })).status, 401, `${who} ${path}`);
      }
      const token = tokens.get('read') ?? null;
      assert.equal((await callTcp(at, { path, token, from: nextAddress() })).status, 404, path);
    }
  });

  it('tells everybody that the gateway lives', async () => {
    assert.equal((await callTcp(at, { path: '/healthz', from: nextAddress() })).status, 200);
  });
});

function of(scope: Scope, reach: Policy['reach'], request: Policy['request']): Policy {
  return { scope, reach, request };
}

function ofInstance(verb: string): Policy {
  return of('operate', 'named', ({ instance }) => ({ path: `/instances/${instance}/${verb}` }));
}

function ofSchedule(verb: string): Policy {
  return of('operate', 'named', ({ instance }) => ({ path: `/schedules/${instance}/yearly/${verb}` }));
}
