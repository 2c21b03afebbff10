import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expositionText } from './exposition.ts';
import { METRICS, type MetricSpec } from './metrics.ts';

test('a metric is told with its help, its type and its samples', () => {
  const text = expositionText({
    ductile_jobs: [
      { labels: ['backup', 'queued'], value: 3 },
      { labels: ['backup', 'running'], value: 0 },
    ],
    ductile_slots: [{ labels: [], value: 4 }],
    ductile_paused: [],
  });
  assert.equal(
    text,
    [
      `# HELP ductile_jobs ${METRICS.ductile_jobs.help}`,
      '# TYPE ductile_jobs gauge',
      'ductile_jobs{ductile_instance="backup",status="queued"} 3',
      'ductile_jobs{ductile_instance="backup",status="running"} 0',
      `# HELP ductile_slots ${METRICS.ductile_slots.help}`,
      '# TYPE ductile_slots gauge',
      'ductile_slots 4',
      '',
    ].join('\n'),
  );
});

test('a histogram has its buckets, the last of which holds everything, its sum and its count', () => {
  const buckets = [
    { atMost: 0.5, count: 1 },
    { atMost: 1, count: 3 },
  ];
  const lines = expositionText({
    ductile_attempt_duration_seconds: [{ labels: ['a'], buckets, count: 4, sum: 9.25 }],
  }).split('\n');
  assert.deepEqual(lines.slice(2), [
    'ductile_attempt_duration_seconds_bucket{ductile_instance="a",le="0.5"} 1',
    'ductile_attempt_duration_seconds_bucket{ductile_instance="a",le="1"} 3',
    'ductile_attempt_duration_seconds_bucket{ductile_instance="a",le="+Inf"} 4',
    'ductile_attempt_duration_seconds_sum{ductile_instance="a"} 9.25',
    'ductile_attempt_duration_seconds_count{ductile_instance="a"} 4',
    '',
  ]);
});

test('labels are escaped, and missing ones are empty', () => {
  const text = expositionText({
    ductile_decisions_total: [{ labels: ['a "b"\\\n'], value: 1 }],
    ductile_instance_held: [{ labels: [], value: 1 }],
  });
  assert.match(text, /^ductile_instance_held\{ductile_instance="",reason=""\} 1$/m);
  assert.match(text, /^ductile_decisions_total\{code="a \\"b\\"\\\\\\n"\} 1$/m);
});

test('numbers that are none are written as the format has them', () => {
  const shown = [Number.NaN, Infinity, -Infinity, 1e-7, 1e21].map((value) =>
    expositionText({ ductile_slots: [{ labels: [], value }] })
      .split('\n')
      .at(-2),
  );
  assert.deepEqual(
    shown,
    ['NaN', '+Inf', '-Inf', '1e-7', '1e+21'].map((text) => `ductile_slots ${text}`),
  );
});

test('names follow the conventions: base units, and _total for counters alone', () => {
  for (const [name, { type, labels, help }] of Object.entries<MetricSpec>(METRICS)) {
    assert.match(name, /^(ductile|process)_[a-z_]+$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    if (type === 'histogram') assert.match(name, /_seconds$/);
    assert.doesNotMatch(name, /_ms\b|_milli/);
    assert.match(help, /^[A-Z0-9][^\n]*\.$/, name);
    // Prometheus sets `job` and `instance` itself, and would rename ours.
    for (const label of labels) assert.match(label, /^(?!(job|instance)$)[a-z_]+$/);
  }
});
