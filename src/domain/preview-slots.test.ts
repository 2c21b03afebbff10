import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, HOUR_MS, scheduleOf, utc } from '../../test/schedules.ts';
import { instanceOf } from '../../test/values.ts';
import { API_DEFAULTS } from './api-settings.ts';
import { serviceSchema, toServiceConfig } from './config/service.ts';
import { slotChange } from './preview-slots.ts';
import { createRedactor } from './redact.ts';
import type { ScheduleInput } from './schedule.ts';
import type { Snapshot } from './snapshot.ts';
import { NO_WEBHOOKS } from './webhook/settings.ts';

const from = utc('2026-11-23 12:00');
const to = from + DAY_MS;

function snapshotOf(inputs: readonly ScheduleInput[], enabled = true): Snapshot {
  return {
    version: 'v1',
    file: '/ductile.yaml',
    service: toServiceConfig(serviceSchema.parse({}), { stateDir: '/state', concurrency: 2 }),
    listen: { api: '', webhooks: '' },
    api: API_DEFAULTS,
    webhooks: NO_WEBHOOKS,
    instances: new Map([['a', instanceOf({ name: 'a', enabled })]]),
    routes: [],
    expectations: [],
    schedules: inputs.map((input) => ({ ...scheduleOf(input), instance: 'a', id: input.id ?? 'default' })),
    redactor: createRedactor({ secrets: [], keys: [], patterns: [] }),
    secrets: [],
    shown: () => ({ text: '', written: [] }),
    templates: () => ({}),
  };
}

test('schedules with the same slots do not differ, whatever else changed', () => {
  const before = snapshotOf([{ every: '1h' }]);
  const after = snapshotOf([{ every: '1h', payload: { n: 1 } }]);
  assert.deepEqual(slotChange(before, after, { from, to }), { lost: [], gained: [], more: 0 });
});

test('slots that only one of two rhythms has are told in the order of time', () => {
  const { lost, gained, more } = slotChange(snapshotOf([{ every: '8h' }]), snapshotOf([{ every: '12h' }]), {
    from,
    to,
  });
  assert.deepEqual(
    [lost, gained].map((slots) => slots.map(({ schedule, at }) => [schedule, (at - from) / HOUR_MS])),
    [
      [
        ['a/default', 4],
        ['a/default', 20],
      ],
      [['a/default', 24]],
    ],
  );
  assert.equal(more, 0);
});

test('a disabled instance has no slots', () => {
  const { lost, gained } = slotChange(snapshotOf([{ every: '12h' }]), snapshotOf([{ every: '12h' }], false), {
    from,
    to,
  });
  assert.equal(lost.length, 2);
  assert.equal(gained.length, 0);
});

test('many slots are counted instead of told, and a schedule without end is looked at so far', () => {
  const { lost, gained, more } = slotChange(snapshotOf([]), snapshotOf([{ every: '1s' }]), { from, to });
  assert.deepEqual([lost.length, gained.length, more], [0, 100, 900]);
});
