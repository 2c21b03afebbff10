import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ed25519Key, hmacKey } from '../../src/domain/webhook/signing-key.ts';
import type { SignedRequest } from '../../src/domain/webhook/verification.ts';
import { verification } from './samples.ts';

interface Vector {
  readonly source: string;
  readonly section: object;
  readonly at: number;
  readonly url?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const VECTORS: readonly Vector[] = [
  {
    source:
      'https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation',
    section: { scheme: 'github', secrets: ["It's a Secret to Everybody"] },
    at: 0,
    headers: { 'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' },
    body: 'Hello, World!',
  },
  {
    source: 'https://docs.slack.dev/authentication/verifying-requests-from-slack',
    section: { scheme: 'slack', secrets: ['8f742231b10e8888abcd99yyyzzz85a5'] },
    at: 1_531_420_618_000,
    headers: {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    },
    body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  },
  {
    source: 'https://docs.svix.com/receiving/verifying-payloads/how-manual',
    section: { scheme: 'standard', secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] },
    at: 1_614_265_330_000,
    headers: {
      'svix-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'svix-timestamp': '1614265330',
      'svix-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
  },
  {
    source: 'https://www.twilio.com/docs/usage/security#validating-requests, as in the tests of the twilio package',
    section: { scheme: 'twilio', secrets: ['12345'] },
    at: 0,
    url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
    headers: { 'x-twilio-signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' },
    body: 'CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309',
  },
];

describe('published vectors', () => {
  for (const { source, section, at, url = 'https://x.org/', headers, body } of VECTORS) {
    it(`accepts that of ${source}, and nothing beside it`, () => {
      const subject = verification(section);
      const request: SignedRequest = { method: 'POST', url, headers, body: Buffer.from(body) };
      assert.equal(subject.verify(request, at).ok, true);
      assert.equal(subject.verify({ ...request, body: Buffer.from(`${body} `) }, at).ok, false);
    });
  }

  it('signs as RFC 4231 (case 2) and RFC 2202 (case 2) do', () => {
    const message = [Buffer.from('what do ya want '), Buffer.from('for nothing?')];
    const hex = (algorithm: 'sha1' | 'sha256' | 'sha512') =>
      Buffer.from(hmacKey(Buffer.from('Jefe'), algorithm).sign(message) ?? []).toString('hex');
    assert.equal(hex('sha1'), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79');
    assert.equal(hex('sha256'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
    assert.equal(
      hex('sha512'),
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    );
  });

  it('takes the signature of RFC 8032 (section 7.1, test 2), and no other', () => {
    const key = ed25519Key(Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex'));
    const signature = Buffer.from(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
      'hex',
    );
    assert.equal(key.matches([Buffer.from('72', 'hex')], [signature]), true);
    assert.equal(key.matches([Buffer.from('73', 'hex')], [signature]), false);
  });
});
