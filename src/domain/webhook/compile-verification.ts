import type { VerifySection } from '../config/webhooks.ts';
import { PRESETS, type SchemePreset, templated } from './schemes.ts';
import { isStandardSecret } from './secret-text.ts';
import { byToken } from './shared-token.ts';
import { bySignature } from './signature.ts';
import { prefixedHeader } from './signature-header.ts';
import { hmacKey, type SigningKey } from './signing-key.ts';
import type { Verification } from './verification.ts';

/** Makes a decoded `verify` section act; a secret that the schema would refuse is a bug and throws. */
export function compileVerification(section: VerifySection): Verification {
  const { scheme } = section;
  switch (scheme) {
    case 'none':
      return OPEN;
    case 'telegram':
      return byToken({
        ...TOKEN,
        scheme,
        header: 'x-telegram-bot-api-secret-token',
        accepted: tokens(secretsOf(section)),
        id: { from: 'body', key: 'update_id' },
        repeats: 'id',
      });
    case 'bearer':
      return byToken({
        ...TOKEN,
        scheme,
        header: 'authorization',
        accepted: some(tokens(secretsOf(section)).map((secret) => `Bearer ${secret}`)),
        normalise: (value) => value.replace(/^bearer +/i, 'Bearer '),
      });
    case 'basic':
      return byToken({
        ...TOKEN,
        scheme,
        header: 'authorization',
        accepted: some(secretsOf(section).map((secret) => `Basic ${base64(`${section.username ?? ''}:${secret}`)}`)),
        normalise: (value) => value.replace(/^basic +/i, 'Basic '),
      });
    case 'gitlab':
      return compileGitlab(section);
    case 'hmac':
      return compileHmac(section);
    default:
      return compilePreset(section, PRESETS[scheme], secretsOf(section));
  }
}

const OPEN: Verification = {
  scheme: 'none',
  sensitive: [],
  telling: [],
  repeats: 'nothing',
  verify: () => ({ ok: true, senderId: null, event: null }),
  sign: () => ({}),
};

const TOKEN = { normalise: (value: string) => value, id: null, event: null, repeats: 'nothing' } as const;

type Some<Item> = readonly [Item, ...Item[]];

function some<Item>(items: readonly Item[]): Some<Item> {
  const [first, ...rest] = items;
  if (first === undefined) throw new Error('a scheme without secrets passed the schema');
  return [first, ...rest];
}

function secretsOf(section: VerifySection): Some<string> {
  return some(section.secrets ?? []);
}

/** Texts as headers hold their bytes, each a character. */
function tokens(secrets: readonly string[]): Some<string> {
  return some(secrets.map((secret) => Buffer.from(secret, 'utf8').toString('latin1')));
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function compilePreset(section: VerifySection, preset: SchemePreset, secrets: readonly string[]): Verification {
  const keys = secrets.map((secret) => {
    const key = preset.key(secret);
    if (key === null) throw new Error(`a secret that is none of ${section.scheme} passed the schema`);
    return key;
  });
  return bySignature({ ...preset.signature, scheme: section.scheme, toleranceMs: section.tolerance }, some(keys));
}

/** By signing tokens where the request bears a signature, else by the older tokens: one that is signed never falls back. */
function compileGitlab(section: VerifySection): Verification {
  const secrets = secretsOf(section);
  const signing = secrets.filter(isStandardSecret);
  const plain = secrets.filter((secret) => !isStandardSecret(secret));
  if (signing.length === 0) return gitlabTokens(plain);
  const bySigning = compilePreset(section, PRESETS.gitlab, signing);
  if (plain.length === 0) return bySigning;
  const byPlain = gitlabTokens(plain);
  return {
    ...bySigning,
    sensitive: [...bySigning.sensitive, ...byPlain.sensitive],
    telling: [...new Set([...bySigning.telling, ...byPlain.telling])],
    verify: (request, now) =>
      (request.headers['webhook-signature'] === undefined ? byPlain : bySigning).verify(request, now),
    sign: (request, now) => (isStandardSecret(secrets[0]) ? bySigning : byPlain).sign(request, now),
  };
}

function gitlabTokens(secrets: readonly string[]): Verification {
  return byToken({
    ...TOKEN,
    scheme: 'gitlab',
    header: 'x-gitlab-token',
    accepted: tokens(secrets),
    id: { from: 'header', name: 'idempotency-key' },
    event: 'x-gitlab-event',
    repeats: 'id',
  });
}

function compileHmac(section: VerifySection): Verification {
  const { header = '', algorithm = 'sha256', encoding = 'hex', prefix = '', signed = '{body}' } = section;
  const id = section.id_header?.toLowerCase() ?? null;
  const timestamp = section.timestamp_header?.toLowerCase() ?? null;
  const signsId = signed.includes('{id}');
  const keys: readonly SigningKey[] = secretsOf(section).map((secret) =>
    hmacKey(Buffer.from(secret, 'utf8'), algorithm),
  );
  return bySignature(
    {
      ...PRESETS.github.signature,
      scheme: 'hmac',
      toleranceMs: section.tolerance,
      headers: [{ signature: header.toLowerCase(), timestamp, id, event: null }],
      form: prefixedHeader(prefix),
      encoding: encoding === 'hex' ? 'hex-any-case' : encoding,
      timestamp: { from: timestamp === null ? 'nowhere' : 'header' },
      messages: templated(signed),
      signsId,
      repeats: signsId ? 'id' : 'id_or_body',
      telling: [],
    },
    some(keys),
  );
}
