import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { circlesOf, type Emitters, type RouteEdge, unreachable } from './route-graph.ts';

function route(changes: Partial<Omit<RouteEdge, 'to'>> & { readonly to?: readonly string[] }): RouteEdge {
  const to = (changes.to ?? []).map((instance) => ({ instance, command: 'handle' }));
  return { from: null, eventType: 'a.done', when: null, dedupeKey: null, delayMs: 0, ...changes, to };
}

function emitters(
  instances: Readonly<Record<string, readonly string[] | null>>,
  webhooks: Readonly<Record<string, readonly string[] | null>> = {},
): Emitters {
  const types = (of: typeof instances) =>
    new Map(Object.entries(of).map(([name, list]) => [name, list === null ? null : new Set(list)]));
  return { instances: types(instances), webhooks: types(webhooks) };
}

const KNOWN = emitters({ scale: ['health.weight'], quiet: [] }, { hub: ['hub.push'], mute: [] });

describe('a route is taken by no event', () => {
  const cases: readonly (readonly [string, Partial<RouteEdge>, string | null])[] = [
    ['its source emits the type', { from: 'instance:scale', eventType: 'health.weight' }, null],
    ['its source emits a deeper type', { from: 'instance:scale', eventType: 'health.*' }, null],
    ['its source emits anything', { from: 'instance:scale', eventType: '*' }, null],
    ['its source declares nothing', { from: 'instance:any', eventType: 'a.b' }, null],
    ['it comes from the API', { from: 'api', eventType: 'a.b' }, null],
    ['it may come from outside', { eventType: 'quite.other' }, null],
    ['a prefix may come from outside', { eventType: 'health.weigth.*' }, null],
    ['somebody emits it', { eventType: 'hub.push' }, null],
    ['the core emits it', { eventType: 'ductile.job.failed' }, null],
    ['a webhook emits it', { from: 'webhook:hub', eventType: 'hub.*' }, null],
    [
      'a slip in the type',
      { from: 'instance:scale', eventType: 'health.weigth' },
      'event_type: "scale" emits nothing that matches "health.weigth" | did you mean "health.weight"?',
    ],
    [
      'another type',
      { from: 'instance:scale', eventType: 'sleep.*' },
      'event_type: "scale" emits nothing that matches "sleep.*" | it emits health.weight',
    ],
    [
      'an instance without events',
      { from: 'instance:quiet', eventType: '*' },
      'event_type: "quiet" emits nothing that matches "*" | it emits no events at all',
    ],
    [
      'a webhook that makes jobs only',
      { from: 'webhook:mute', eventType: 'a.b' },
      'event_type: the webhook "mute" emits nothing that matches "a.b" | it emits no events at all',
    ],
    [
      'a slip in a type that nobody emits',
      { eventType: 'hub.pushed' },
      'event_type: no instance or webhook emits "hub.pushed" | did you mean "hub.push"?',
    ],
    [
      'an event of the core from an instance',
      { from: 'instance:scale', eventType: 'ductile.job.failed' },
      'from: events such as "ductile.job.failed" come from the core, so none comes from "instance:scale" | take `from` out; `when: payload.instance == "…"` picks an instance',
    ],
  ];
  for (const [title, edge, expected] of cases) {
    it(`${expected === null ? 'not when' : 'after'} ${title}`, () => {
      const found = unreachable({ ...route({}), ...edge }, KNOWN);
      assert.equal(found === null ? null : `${found.key}: ${found.message} | ${found.hint}`, expected);
    });
  }

  it('not when an instance may emit anything', () => {
    assert.equal(unreachable(route({ eventType: 'hub.pushed' }), emitters({ any: null, hub: ['hub.push'] })), null);
    assert.equal(unreachable(route({ from: 'instance:any', eventType: 'x' }), emitters({ any: null })), null);
  });
});

describe('instances feed each other', () => {
  const A_AND_B = emitters({ a: ['a.done'], b: ['b.done'], c: [] });
  const ways = [route({ to: ['b'] }), route({ eventType: 'b.done', to: ['a', 'c'] })];

  it('through routes without a brake', () => {
    assert.deepEqual(circlesOf(ways, A_AND_B), [{ instances: ['a', 'b'], routes: [0, 1] }]);
  });

  it('an instance itself', () => {
    assert.deepEqual(circlesOf([route({ to: ['a'] })], A_AND_B), [{ instances: ['a'], routes: [0] }]);
  });

  it('when a route expects an undeclared event of one that it names', () => {
    const any = emitters({ a: null });
    assert.deepEqual(circlesOf([route({ from: 'instance:a', to: ['a'] })], any), [{ instances: ['a'], routes: [0] }]);
    assert.deepEqual(circlesOf([route({ to: ['a'] })], any), []);
  });

  it('two circles that are apart are two', () => {
    const own = [route({ to: ['a'] }), route({ eventType: 'b.done', to: ['b'] })];
    assert.deepEqual(
      circlesOf(own, A_AND_B).map(({ instances }) => instances),
      [['a'], ['b']],
    );
  });

  it('a way into a circle is not part of it', () => {
    const three = emitters({ in: ['in.x'], a: ['a.done'], b: ['b.done'] });
    const found = circlesOf([route({ eventType: 'in.x', to: ['a'] }), ...ways], three);
    assert.deepEqual(found, [{ instances: ['a', 'b'], routes: [1, 2] }]);
  });

  const [first, second] = ways;
  const BRAKES: readonly (readonly [string, readonly (RouteEdge | null)[]])[] = [
    ['one waits', [route({ to: ['b'], delayMs: 1 }), ...ways.slice(1)]],
    ['one has a dedupe key', [route({ to: ['b'], dedupeKey: { parts: [] } as never }), ...ways.slice(1)]],
    ['one has a condition', [route({ to: ['b'], when: {} as never }), ...ways.slice(1)]],
    ['one asks for another source', [route({ to: ['b'], from: 'api' }), ...ways.slice(1)]],
    ['one is for events of the core', [route({ to: ['a'], eventType: 'ductile.job.failed' })]],
    ['one is faulty', [null, second ?? null]],
    ['one leads away', [first ?? null, route({ eventType: 'b.done', to: ['c', 'gone'] })]],
    ['there are none', []],
  ];
  for (const [title, routes] of BRAKES) it(`not when ${title}`, () => assert.deepEqual(circlesOf(routes, A_AND_B), []));
});
