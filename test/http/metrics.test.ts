import assert from 'node:assert/strict';
import { request } from 'node:http';
import { join } from 'node:path';
import { it } from 'node:test';
import { socketPathOf } from '../../src/disk/socket-path.ts';
import { METRICS, type MetricSpec } from '../../src/domain/metrics.ts';
import { type Site, site } from '../cli/site.ts';
import { type Family, parseExposition } from '../exposition.ts';

/** The metrics of a site's gateway, as a scraper reads them. */
async function scrape({ dir }: Site): Promise<ReadonlyMap<string, Family>> {
  const text = await new Promise<string>((resolve, reject) => {
    const asked = request({ socketPath: socketPathOf(join(dir, 'state')), path: '/metrics?x=1' }, (answer) => {
      assert.equal(answer.statusCode, 200);
      assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
      let body = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      answer.on('end', () => resolve(body));
    });
    asked.on('error', reject).end();
  });
  return parseExposition(text);
}

function sampleOf(families: ReadonlyMap<string, Family>, sample: string): number | undefined {
  return families.get(sample.replace(/\{.*/, '').replace(/_(bucket|sum|count)$/, ''))?.samples.get(sample);
}

it('a scrape tells what happened, in a form that a strict scraper takes', async (t) => {
  const s = site(t);
  const gateway = await s.start();
  const before = await scrape(s);
  assert.equal(sampleOf(before, 'ductile_slots_busy'), 0);
  assert.equal(sampleOf(before, 'ductile_storage_ok'), 1);
  assert.equal(sampleOf(before, 'ductile_jobs{ductile_instance="greet",status="queued"}'), 0);
  assert.equal(sampleOf(before, 'ductile_oldest_due_age_seconds{ductile_instance="greet"}'), 0);
  assert.equal(sampleOf(before, 'ductile_jobs_ended_total{ductile_instance="refuse",status="failed"}'), 0);
  assert.equal(sampleOf(before, 'ductile_attempts_total{ductile_instance="flaky",outcome="timed_out"}'), 0);
  for (const instance of ['greet', 'greet', 'refuse', 'flaky']) await s.say('run', instance, '--wait');
  const slow = await s.json(0, 'run', 'slow');
  await s.json(0, 'instance', 'pause', 'list');
  await s.json(0, 'run', 'list');
  await s.json(0, 'emit', 'nobody.cares');
  // The dispatcher finds out by itself what it must not start.
  const held = 'ductile_instance_held{ductile_instance="list",reason="paused"}';
  let after = await scrape(s);
  for (let tries = 0; sampleOf(after, held) === undefined && tries < 500; tries += 1) after = await scrape(s);
  for (const [sample, value] of [
    ['ductile_attempts_total{ductile_instance="greet",outcome="succeeded"}', 2],
    ['ductile_attempts_total{ductile_instance="refuse",outcome="failed"}', 1],
    ['ductile_attempts_total{ductile_instance="flaky",outcome="failed"}', 2],
    ['ductile_jobs_ended_total{ductile_instance="flaky",status="dead"}', 1],
    ['ductile_jobs_ended_total{ductile_instance="refuse",status="failed"}', 1],
    ['ductile_jobs_enqueued_total{ductile_instance="greet",producer="cli"}', 2],
    ['ductile_jobs_enqueued_total{ductile_instance="echo",producer="route"}', 2],
    ['ductile_attempt_duration_seconds_count{ductile_instance="flaky"}', 2],
    ['ductile_jobs{ductile_instance="list",status="queued"}', 1],
    ['ductile_jobs{ductile_instance="slow",status="running"}', 1],
    ['ductile_instance_paused{ductile_instance="list"}', 1],
    ['ductile_instance_paused{ductile_instance="greet"}', 0],
    ['ductile_instance_healthy{ductile_instance="greet"}', 1],
    [held, 1],
    ['ductile_slots_busy', 1],
    ['ductile_decisions_total{code="event_unrouted"}', 1],
    ['ductile_decisions_total{code="route_condition_false"}', 2],
    ['ductile_log_lines_lost_total', 0],
    ['ductile_paused', 0],
  ] as const) {
    assert.equal(sampleOf(after, sample), value, sample);
  }
  assert.ok((sampleOf(after, 'ductile_oldest_due_age_seconds{ductile_instance="list"}') ?? -1) >= 0);
  assert.ok((sampleOf(after, 'ductile_commit_duration_seconds_count') ?? 0) > 8);
  assert.ok((sampleOf(after, 'ductile_wal_bytes') ?? 0) > 0);
  await s.json(0, 'job', 'cancel', slow['job_id']);
  const last = await scrape(s);
  assert.equal(sampleOf(last, 'ductile_attempts_total{ductile_instance="slow",outcome="cancelled"}'), 1);
  for (const [name, { type, samples }] of before) {
    if (type === 'gauge') continue;
    for (const [sample, value] of samples) {
      const [then, now] = [sampleOf(after, sample), sampleOf(last, sample)];
      assert.ok(then !== undefined && now !== undefined && value <= then && then <= now, sample);
    }
    assert.equal((METRICS as Readonly<Record<string, MetricSpec>>)[name]?.type, type);
  }
  for (const [name, { type, help }] of last) {
    const spec = (METRICS as Readonly<Record<string, MetricSpec>>)[name];
    assert.deepEqual([spec?.type, spec?.help], [type, help], name);
  }
  await gateway.stop();
});

it('by TCP it takes a token that may read', async (t) => {
  const s = site(
    t,
    'service: { name: scraped, state_dir: ./state }\napi: { listen: "127.0.0.1:0" }\nplugins: { echo: { concurrency: 2 } }\n',
  );
  const { token: reader } = await s.json(0, 'token', 'create', 'prometheus', '--scope', 'read');
  const { token: other } = await s.json(0, 'token', 'create', 'sender', '--scope', 'submit');
  const { token: limited } = await s.json(0, 'token', 'create', 'part', '--scope', 'read', '--instance', 'echo');
  const gateway = await s.start();
  const { api_at } = await s.json(0, 'status');
  const ask = (token: string | null) =>
    fetch(`http://${api_at}/metrics`, token === null ? {} : { headers: { authorization: `Bearer ${token}` } });
  const answers = await Promise.all([ask(null), ask('nonsense'), ask(other), ask(limited), ask(reader)]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 401, 403, 403, 200],
  );
  assert.ok(parseExposition((await answers.at(-1)?.text()) ?? '').has('ductile_jobs_ended_total'));
  await gateway.stop();
});
