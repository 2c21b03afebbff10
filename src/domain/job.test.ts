import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTerminal, type JobStatus, TRANSITIONS, type Transition, transition } from './job.ts';

const STATUSES = Object.keys(TRANSITIONS) as JobStatus[];
const VERBS: readonly Transition[] = [
  'claim',
  'succeed',
  'retry_later',
  'fail',
  'exhaust',
  'release',
  'cancel',
  'retry',
];

test('every transition that the table does not name is refused', () => {
  const legal = STATUSES.flatMap((from) =>
    VERBS.flatMap((by) => {
      const to = transition(from, by);
      return to === null ? [] : [`${from} -${by}-> ${to}`];
    }),
  );
  assert.deepEqual(legal, [
    'queued -claim-> running',
    'queued -fail-> failed',
    'queued -cancel-> cancelled',
    'queued -retry-> queued',
    'running -succeed-> succeeded',
    'running -retry_later-> queued',
    'running -fail-> failed',
    'running -exhaust-> dead',
    'running -release-> queued',
    'running -cancel-> cancelled',
    'failed -retry-> queued',
    'dead -retry-> queued',
    'cancelled -retry-> queued',
  ]);
});

test('a job can always leave `running`, and nothing leaves `succeeded`', () => {
  assert.ok(VERBS.some((by) => transition('running', by) !== null));
  assert.ok(VERBS.every((by) => transition('succeeded', by) === null));
});

test('all but queued and running are terminal', () => {
  assert.deepEqual(STATUSES.filter(isTerminal), ['succeeded', 'failed', 'dead', 'cancelled']);
});
