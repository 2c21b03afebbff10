import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf } from '../../../test/values.ts';
import { type DeliveryFacts, explainDelivery } from './explain-delivery.ts';
import { explainWebhook, type WebhookFacts } from './explain-webhook.ts';
import { REFUSALS } from './refusals.ts';

const HOUR = 3_600_000;

describe('explainWebhook', () => {
  const last = { id: 'd1', receivedAt: HOUR, lastRepeatAt: null };
  const refused = { endpoint: 'github', reason: 'signature_wrong', remote: '192.0.2.1', count: 2, firstAt: 0 } as const;
  const base: WebhookFacts = {
    name: 'github',
    configured: { path: '/hook', mode: 'run' },
    url: null,
    running: true,
    listening: true,
    counts: null,
    last,
    rejections: [],
  };
  const cases: readonly (readonly [string, Partial<WebhookFacts>, RegExp, RegExp])[] = [
    [
      'taken',
      { counts: { accepted: 1, repeated: 0, rejected: 0 } },
      /^github took its last delivery at 1970-01-01 01:00:00 UTC\. In the last day 1 delivery was taken and 0 requests were refused\.$/,
      /ductile explain d1/,
    ],
    [
      'a repeat',
      { last: { ...last, lastRepeatAt: 2 * HOUR }, counts: { accepted: 2, repeated: 1, rejected: 1 } },
      /at 1970-01-01 02:00:00 UTC\. In the last day 2 deliveries were taken, 1 came again and 1 request was refused\.$/,
      /ductile explain d1/,
    ],
    [
      'refused',
      { rejections: [{ ...refused, lastAt: 2 * HOUR }] },
      /^The last request to github was refused at 1970-01-01 02:00:00 UTC, because its signature did not fit\.$/,
      /`secrets` of the webhook github, or a proxy before the gateway changed the body/,
    ],
    [
      'refused before it was taken',
      { rejections: [{ ...refused, lastAt: 0 }] },
      /^github took its last delivery/,
      /^`ductile explain d1` tells what became of the last delivery\.$/,
    ],
    ['silence', { last: null }, /^github has received nothing that is still remembered\.$/, /calls the path \/hook at/],
    ['silence at an address', { last: null, url: 'https://a/hook' }, /nothing/, /calls https:\/\/a\/hook;/],
    ['no gateway', { running: false }, /^github receives nothing, because no gateway runs\.$/, /ductile start/],
    [
      'nobody listens',
      { listening: false },
      /^github receives nothing, because its address could/,
      /^End what listens/,
    ],
    ['gone', { configured: null, last: null }, /^github is not configured any more/, /Configure github under/],
    [
      'observed',
      { configured: { path: '/hook', mode: 'observe' } },
      /UTC\. It only observes, so nothing runs\.$/,
      /Remove `mode: observe`/,
    ],
  ];
  for (const [title, change, says, todo] of cases) {
    it(`says of a webhook: ${title}`, () => {
      const answer = explainWebhook({ ...base, ...change });
      assert.match(answer.summary, says);
      assert.match(answer.todo.join('\n'), todo);
    });
  }

  it('counts refusals by their reason, the latest first, with some of their addresses', () => {
    const stale = { ...refused, reason: 'timestamp_stale', count: 1, lastAt: 3 * HOUR } as const;
    const rejections = [...Array(7).keys()].map((n) => ({ ...refused, remote: `192.0.2.${n}`, lastAt: n * HOUR }));
    const answer = explainWebhook({
      ...base,
      last: null,
      rejections: [stale, ...rejections, { ...stale, remote: null }],
    });
    assert.deepEqual(
      answer.because.map(({ code, count, at, values }) => [code, count, at, values]),
      [
        ['signature_wrong', 14, 6 * HOUR, { remotes: [0, 1, 2, 3, 4].map((n) => `192.0.2.${n}`) }],
        ['timestamp_stale', 2, 3 * HOUR, { remotes: ['192.0.2.1'] }],
      ],
    );
  });

  it('has a word of advice on every refusal', () => {
    for (const { text, todo } of Object.values(REFUSALS)) {
      assert.ok(text.length > 10);
      assert.match(todo('github'), /^[A-Z].*\.$/);
    }
  });
});

describe('explainDelivery', () => {
  const delivery: DeliveryFacts['delivery'] = {
    id: 'd1',
    endpoint: 'github',
    receivedAt: HOUR,
    remote: '192.0.2.1',
    repeats: 0,
    lastRepeatAt: null,
    jobId: null,
    jobStatus: null,
    eventId: null,
  };
  const event = { event: eventOf({ id: 'e1', type: 'a.b', source: 'webhook:github' }), decisions: [] };
  const cases: readonly (readonly [string, Partial<DeliveryFacts['delivery']>, RegExp, RegExp | null])[] = [
    ['observed', {}, / and was only observed, so it made nothing\.$/, /redeliver d1` runs it/],
    ['a job', { jobId: 'j1', jobStatus: 'queued' }, / and became job j1, which is queued\.$/, /ductile explain j1/],
    ['a dead letter', { jobId: 'j1', jobStatus: 'dead' }, /which is dead\.$/, /redeliver d1` queues its job again/],
    ['a job that is gone', { jobId: 'j1' }, /which is not kept any more\.$/, null],
    ['an event', { eventId: 'e1' }, / and became event e1\. a\.b from webhook:github was recorded/, /explain e1/],
    ['one repeat', { repeats: 1, lastRepeatAt: HOUR }, / It came again once, which made nothing new\.$/, null],
    ['repeats', { repeats: 3, lastRepeatAt: HOUR }, / It came again 3 times, which made nothing new\.$/, null],
  ];
  for (const [title, change, says, todo] of cases) {
    it(`says of a delivery: ${title}`, () => {
      const facts = { ...delivery, ...change };
      const answer = explainDelivery({ delivery: facts, event: facts.eventId === null ? null : event });
      assert.match(answer.summary, /^Delivery d1 came to github at 1970-01-01 01:00:00 UTC/);
      assert.match(answer.summary, says);
      if (todo !== null) assert.match(answer.todo.join('\n'), todo);
    });
  }
});
