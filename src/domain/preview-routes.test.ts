import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobDraft } from './job.ts';
import { foreseenChange } from './preview-routes.ts';

function draftOf(route: string, change: Partial<JobDraft> = {}): JobDraft {
  return {
    id: 'new',
    instance: 'a',
    plugin: 'a',
    command: 'handle',
    payload: { n: 1 },
    priority: 0,
    maxAttempts: 3,
    runAt: 0,
    dedupeKey: null,
    dedupeWindowMs: 0,
    idempotencyKey: 'new',
    submittedBy: `route:${route}`,
    parentJobId: null,
    rootJobId: 'new',
    sourceEventId: 'event',
    depth: 1,
    timeoutMs: null,
    fromCore: false,
    configVersion: 'v1',
    createdAt: 0,
    ...change,
  };
}

test('the same jobs by another version of the configuration do not differ', () => {
  assert.equal(foreseenChange([draftOf('r')], [draftOf('r', { configVersion: 'v2', id: 'x' })]), null);
});

test('jobs that go, come and change are told apart, also when a route names one target twice', () => {
  const before = [draftOf('gone'), draftOf('r'), draftOf('r')];
  const after = [draftOf('r'), draftOf('r', { payload: { n: 2 }, priority: 5 }), draftOf('new', { instance: 'b' })];
  assert.deepEqual(foreseenChange(before, after), {
    lost: [{ route: 'gone', instance: 'a', command: 'handle' }],
    gained: [{ route: 'new', instance: 'b', command: 'handle' }],
    changed: [{ route: 'r', instance: 'a', command: 'handle', fields: ['payload', 'priority'] }],
  });
});
