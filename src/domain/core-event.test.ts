import assert from 'node:assert/strict';
import { it } from 'node:test';
import { instanceOf } from '../../test/values.ts';
import { type RoutingContext, routeCore } from './core-event.ts';
import { createRedactor } from './redact.ts';
import { compileRoute } from './route-compile.ts';

const compiled = compileRoute(
  { name: 'tell', event_type: 'ductile.gateway.started', to: 'p', with: { who: '${{ payload.name }}' } },
  { instances: new Map([['p', ['handle']]]), webhooks: [] },
);
assert.ok(compiled.ok);

const context: RoutingContext = {
  routes: [compiled.route],
  expected: ['ductile.breaker.*'],
  instance: (name) => instanceOf({ name }),
  redactor: createRedactor({ secrets: [], keys: [], patterns: [] }),
  maxDepth: 16,
  dedupeWindowMs: 1_000,
  configVersion: 'v',
};

const about = { context, payload: { name: 'home' }, now: 7, newId: () => 'new' };

it('an event of the core leads to jobs that make no further ones', () => {
  const routed = routeCore({ ...about, type: 'ductile.gateway.started' });
  assert.deepEqual(
    routed?.drafts.map(({ payload, fromCore, depth }) => [payload, fromCore, depth]),
    [[{ who: 'home' }, true, 1]],
  );
  assert.deepEqual([routed?.event.source, routed?.event.fromCore], ['core', true]);
});

it('an event that only an expectation waits for is kept without jobs', () => {
  const routed = routeCore({ ...about, type: 'ductile.breaker.opened' });
  assert.deepEqual(routed?.drafts, []);
});

it('an event that nothing waits for is none', () => {
  assert.equal(routeCore({ ...about, type: 'ductile.schedule.skipped' }), null);
});
