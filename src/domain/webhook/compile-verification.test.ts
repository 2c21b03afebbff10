import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointSchema } from '../config/webhooks.ts';
import { bodyDefaults } from './body-defaults.ts';
import { compileVerification } from './compile-verification.ts';
import { isWeakSecret, secretFault } from './secret-text.ts';
import type { Verification } from './verification.ts';

const NOW = 1_795_435_200_000;
const SECRETS = ['an-example-of-a-secret'];
const STANDARD = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
const URL = 'https://x.org/hook';

function compile(section: object): Verification {
  return compileVerification(endpointSchema.shape.verify.parse(section));
}

/** What a request that the section's own secret signed is said to be. */
function told(section: object, { body = '{}', headers = {} }: { readonly body?: string; readonly headers?: object }) {
  const verification = compile(section);
  const unsigned = { method: 'POST', url: URL, id: 'delivery-1', body: Buffer.from(body) };
  const all = { ...verification.sign(unsigned, NOW), ...headers };
  const verdict = verification.verify({ ...unsigned, headers: all }, NOW);
  return verdict.ok ? [verdict.senderId, verdict.event, verification.repeats] : verdict.reason;
}

describe('what a scheme tells of a delivery', () => {
  const hmac = { scheme: 'hmac', secrets: SECRETS, header: 'X-Sig' };
  const rows: readonly (readonly [object, { readonly body?: string; readonly headers?: object }, unknown])[] = [
    [
      { scheme: 'github', secrets: SECRETS },
      { headers: { 'x-github-event': 'push' } },
      ['delivery-1', 'push', 'id_or_body'],
    ],
    [
      { scheme: 'gitea', secrets: SECRETS },
      { headers: { 'x-forgejo-event': 'push' } },
      ['delivery-1', 'push', 'id_or_body'],
    ],
    [
      { scheme: 'gitlab', secrets: SECRETS },
      { headers: { 'x-gitlab-event': 'Push Hook' } },
      ['delivery-1', 'Push Hook', 'id'],
    ],
    [
      { scheme: 'gitlab', secrets: STANDARD },
      { headers: { 'x-gitlab-event': 'Tag Push Hook' } },
      ['delivery-1', 'Tag Push Hook', 'id'],
    ],
    [{ scheme: 'gitlab', secrets: [...SECRETS, ...STANDARD] }, {}, ['delivery-1', null, 'id']],
    [{ scheme: 'gitlab', secrets: [...STANDARD, ...SECRETS] }, {}, ['delivery-1', null, 'id']],
    [{ scheme: 'stripe', secrets: SECRETS }, { body: '{"id":"evt_1"}' }, ['evt_1', null, 'id']],
    [{ scheme: 'stripe', secrets: SECRETS }, { body: '{"id":{}}' }, [null, null, 'id']],
    [{ scheme: 'stripe', secrets: SECRETS }, { body: 'no JSON' }, [null, null, 'id']],
    [{ scheme: 'slack', secrets: SECRETS }, { body: '{"event_id":"Ev1"}' }, ['Ev1', null, 'id_or_body']],
    [{ scheme: 'slack', secrets: SECRETS }, { body: 'command=%2Fx&trigger_id=1' }, [null, null, 'id_or_body']],
    [
      { scheme: 'shopify', secrets: SECRETS },
      { headers: { 'x-shopify-topic': 'orders/create' } },
      ['delivery-1', 'orders/create', 'id_or_body'],
    ],
    [
      { scheme: 'linear', secrets: SECRETS },
      { body: `{"webhookTimestamp":${NOW}}`, headers: { 'linear-event': 'Issue' } },
      ['delivery-1', 'Issue', 'id_or_body'],
    ],
    [{ scheme: 'twilio', secrets: SECRETS }, { body: 'a=b' }, ['delivery-1', null, 'id_or_body']],
    [{ scheme: 'telegram', secrets: SECRETS }, { body: '{"update_id":7}' }, ['7', null, 'id']],
    [{ scheme: 'telegram', secrets: SECRETS }, { body: '{"update_id":7.5}' }, [null, null, 'id']],
    [{ scheme: 'standard', secrets: STANDARD }, {}, ['delivery-1', null, 'id']],
    [hmac, {}, [null, null, 'id_or_body']],
    [{ ...hmac, id_header: 'X-Id' }, {}, ['delivery-1', null, 'id_or_body']],
    [{ ...hmac, id_header: 'X-Id', signed: '{id}{body}' }, {}, ['delivery-1', null, 'id']],
    [{ scheme: 'bearer', secrets: ['geheim-für-Zürich'] }, {}, [null, null, 'nothing']],
    [{ scheme: 'basic', secrets: SECRETS, username: 'me' }, {}, [null, null, 'nothing']],
    [{ scheme: 'none', i_understand_this_is_public: true }, {}, [null, null, 'nothing']],
  ];
  for (const [section, request, wanted] of rows) {
    it(`${JSON.stringify(section)} and ${JSON.stringify(request)}: ${JSON.stringify(wanted)}`, () =>
      assert.deepEqual(told(section, request), wanted));
  }

  it('takes an id or event that is too long, or holds other characters, for none', () => {
    const section = { scheme: 'github', secrets: SECRETS };
    for (const text of ['', 'x'.repeat(201), 'a\tb', 'ü']) {
      const headers = { 'x-github-delivery': text, 'x-github-event': text };
      assert.deepEqual(told(section, { headers }), [null, null, 'id_or_body'], text);
    }
    assert.deepEqual(told(section, { headers: { 'x-github-delivery': 'x'.repeat(200) } }), [
      'x'.repeat(200),
      null,
      'id_or_body',
    ]);
  });

  it('shows plugins no header that holds a signature or a token', () => {
    for (const section of [
      { scheme: 'github', secrets: SECRETS },
      { scheme: 'gitlab', secrets: [...SECRETS, ...STANDARD] },
      { scheme: 'slack', secrets: SECRETS },
      { scheme: 'telegram', secrets: SECRETS },
      { scheme: 'basic', secrets: SECRETS, username: 'me' },
    ]) {
      const { sensitive, telling } = compile(section);
      assert.deepEqual(
        telling.filter((name) => /signature|token|authorization/.test(name)),
        [],
      );
      assert.equal(new Set(sensitive).size, sensitive.length);
      assert.ok(sensitive.length > 0);
    }
  });
});

describe('what cannot be signed or compiled', () => {
  const unsigned = { method: 'POST', url: URL, id: 'd', body: Buffer.from([0xff]) };

  it('is left unsigned where only a private key could, or the body is no form', () => {
    assert.equal(compile({ scheme: 'discord', secrets: ['00'.repeat(32)] }).sign(unsigned, NOW), null);
    assert.equal(compile({ scheme: 'twilio', secrets: SECRETS }).sign(unsigned, NOW), null);
  });

  it('throws when the schema has not seen it', () => {
    assert.throws(() => compileVerification({ scheme: 'github', tolerance: 1 }), /without secrets/);
    assert.throws(() => compileVerification({ scheme: 'discord', secrets: ['x'], tolerance: 1 }), /none of discord/);
    assert.throws(() => compileVerification({ scheme: 'standard', secrets: ['%'], tolerance: 1 }), /none of standard/);
  });

  it('is told of by its scheme', () => {
    assert.equal(secretFault('standard', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), null);
    assert.equal(secretFault('standard', 'AAECAw'), null);
    assert.equal(secretFault('discord', 'AB'.repeat(32)), null);
    assert.match(secretFault('standard', 'whpk_AAAA') ?? '', /base64/);
    assert.match(secretFault('standard', 'whsec_') ?? '', /base64/);
    assert.match(secretFault('gitlab', 'whsec_!') ?? '', /base64/);
  });
});

it('a secret of fewer than 16 characters is weak, unless it is public', () => {
  assert.equal(isWeakSecret('github', 'x'.repeat(15)), true);
  assert.equal(isWeakSecret('github', 'x'.repeat(16)), false);
  assert.equal(isWeakSecret('discord', 'x'), false);
});

it('bodies are read as JSON but from Twilio, and media types follow', () => {
  const defaults = (scheme: string, body?: 'json' | 'form' | 'raw', contentTypes?: readonly string[]) =>
    bodyDefaults({ scheme, body, contentTypes });
  assert.deepEqual(defaults('github'), { body: 'json', contentTypes: ['application/json'] });
  assert.deepEqual(defaults('twilio'), { body: 'form', contentTypes: ['application/x-www-form-urlencoded'] });
  assert.deepEqual(defaults('twilio', 'raw'), { body: 'raw', contentTypes: [] });
  assert.deepEqual(defaults('github', 'json', ['Text/Plain']), { body: 'json', contentTypes: ['text/plain'] });
});
