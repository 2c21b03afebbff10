import assert from 'node:assert/strict';
import { it } from 'node:test';
import { collector } from '../collector.ts';
import { site } from './site.ts';

const TOKEN = 'open-sesame-and-close-again';

it('a lineage is one trace: its trigger, its attempts, and what their events led to', async (t) => {
  const other = await collector(t);
  const s = site(
    t,
    `
service:
  name: tracing
  state_dir: ./state
  log_level: debug
  otlp: { endpoint: "${other.url}/", headers: { X-Whatever: "Bearer ${TOKEN}" } }
plugins:
  greet:
  echo:
  flaky: { uses: exec, config: { argv: [/bin/sh, -c, "echo ${TOKEN} >&2; exit 3"] }, retry: { max_attempts: 2, base: 1ms, cap: 1ms } }
routes:
  - { name: greeted, event_type: greet.done, to: echo }
  - { name: from_outside, event_type: photo.taken, to: echo }
`,
  );
  const gateway = await s.start();
  const greeted = await s.json(0, 'run', 'greet', '--wait');
  await s.json(0, 'job', 'show', greeted['children'][0].id);
  const flaky = await s.sayWith({}, 'run', 'flaky', '--wait', '--json');
  const emitted = await s.json(0, 'emit', 'photo.taken');
  for (let status = 'queued'; status !== 'succeeded'; )
    ({ status } = await s.json(0, 'job', 'show', emitted['jobs'][0]));
  assert.doesNotMatch((await s.say('config', 'show', '--effective')).out, new RegExp(TOKEN));
  assert.equal(await gateway.stop(), 0);
  const trace = (id: string) => other.spans.filter(({ traceId }) => traceId === id.replaceAll('-', ''));
  const [trigger, greet, echo, ...others] = trace(greeted['id']);
  assert.deepEqual(others, []);
  assert.deepEqual([trigger?.name, greet?.name, echo?.name], ['cli', 'greet poll', 'echo handle']);
  assert.deepEqual(
    [trigger?.parentSpanId, greet?.parentSpanId, echo?.parentSpanId],
    [null, trigger?.spanId, greet?.spanId],
  );
  assert.equal(echo?.attributes['ductile.event_type'], 'greet.done');
  assert.equal(echo?.attributes['ductile.job_id'], greeted['children'][0].id);
  const [, first, second] = trace(JSON.parse(flaky.out).id);
  assert.deepEqual([first?.attributes['ductile.attempt'], second?.attributes['ductile.attempt']], [1, 2]);
  assert.deepEqual([first?.attributes['ductile.status'], second?.attributes['ductile.status']], ['queued', 'dead']);
  assert.ok(first?.error !== null && second?.error !== null);
  assert.equal(first?.parentSpanId, second?.parentSpanId);
  const outside = other.spans.find(({ name }) => name === 'event photo.taken');
  assert.equal(outside?.parentSpanId, null);
  assert.deepEqual(other.service['service.name'], 'tracing');
  assert.equal(other.requests[0]?.headers['x-whatever'], `Bearer ${TOKEN}`);
  assert.doesNotMatch(gateway.io.stdout.text, new RegExp(TOKEN));
  assert.doesNotMatch(
    JSON.stringify(other.spans, (_, value) => (typeof value === 'bigint' ? '' : value)),
    new RegExp(TOKEN),
  );
});
