import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sign as signGithub, verify as verifyGithub } from '@octokit/webhooks-methods';
import { verifyKey } from 'discord-interactions';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { accepted, NOW, SECTIONS, URL, verification } from './samples.ts';

const BODIES = ['', '{}', '{"id":"evt_1","text":"Zürich ✓"}', `{"filler":"${'x'.repeat(100_000)}"}`];
const SECRET = 'an-example-of-a-secret';

test("GitHub's own package and this one accept what the other signs", async () => {
  const subject = verification(SECTIONS['github'] ?? {});
  for (const body of BODIES.slice(1)) {
    const bytes = Buffer.from(body);
    const headers = subject.sign({ method: 'POST', url: URL, id: 'd', body: bytes }, NOW) ?? {};
    assert.equal(await verifyGithub(SECRET, body, headers['x-hub-signature-256'] ?? ''), true);
    const theirs = { 'x-hub-signature-256': await signGithub(SECRET, body) };
    assert.equal(subject.verify({ method: 'POST', url: URL, headers: theirs, body: bytes }, NOW).ok, true);
  }
});

test("Stripe's own package and this one accept what the other signs, and draw the same line at 300 seconds", () => {
  const subject = verification(SECTIONS['stripe'] ?? {});
  const { webhooks } = new Stripe('sk_test_x');
  for (const payload of BODIES.slice(1)) {
    const body = Buffer.from(payload);
    const header = subject.sign({ method: 'POST', url: URL, id: 'd', body }, NOW)?.['stripe-signature'] ?? '';
    webhooks.constructEvent(payload, header, SECRET, 300, undefined, NOW);
    for (const [age, ok] of [
      [300, true],
      [301, false],
    ] as const) {
      const timestamp = NOW / 1_000 - age;
      const theirs = webhooks.generateTestHeaderString({ payload, secret: SECRET, timestamp });
      const request = { method: 'POST', url: URL, headers: { 'stripe-signature': theirs }, body };
      assert.equal(subject.verify(request, NOW).ok, ok);
      const construct = () => webhooks.constructEvent(payload, theirs, SECRET, 300, undefined, NOW);
      if (ok) construct();
      else assert.throws(construct, /outside the tolerance/);
    }
  }
});

test('the package of Standard Webhooks and this one accept what the other signs', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const subject = verification(SECTIONS['standard'] ?? {});
  const oracle = new Webhook(secret);
  const now = Date.now();
  for (const text of BODIES) {
    const body = Buffer.from(text);
    const headers = subject.sign({ method: 'POST', url: URL, id: 'msg_1', body }, now) ?? {};
    oracle.verify(text, headers);
    const theirs = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(now / 1_000)),
      'webhook-signature': oracle.sign('msg_1', new Date(now), text),
    };
    assert.equal(subject.verify({ method: 'POST', url: URL, headers: theirs, body }, now).ok, true);
  }
});

test("Discord's own package accepts and refuses what this one does", async () => {
  const section = SECTIONS['discord'] ?? {};
  const subject = verification(section);
  const request = accepted(section, { name: 'discord' });
  const signature = request.headers['x-signature-ed25519'] ?? '';
  const timestamp = request.headers['x-signature-timestamp'] ?? '';
  const [publicKey = ''] = (section as { secrets: readonly string[] }).secrets;
  for (const body of [request.body, Buffer.from('{}')]) {
    const theirs = await verifyKey(Buffer.from(body), signature, timestamp, publicKey);
    assert.equal(subject.verify({ ...request, body }, NOW).ok, theirs);
  }
});
