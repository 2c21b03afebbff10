import type { z } from 'zod';
import { formatPath, type Path, valueAt } from '../domain/config/finding.ts';
import { endpointSchema, webhooksSchema } from '../domain/config/webhooks.ts';
import type { Json } from '../domain/json.ts';
import { compileAddresses, isNetwork } from '../domain/webhook/address-test.ts';
import { bodyDefaults } from '../domain/webhook/body-defaults.ts';
import { compileVerification } from '../domain/webhook/compile-verification.ts';
import type { Dedupe, Endpoint } from '../domain/webhook/endpoint.ts';
import { compileEventType } from '../domain/webhook/event-type.ts';
import { isWeakSecret } from '../domain/webhook/secret-text.ts';
import { NO_WEBHOOKS, type WebhookSettings } from '../domain/webhook/settings.ts';
import type { Verification } from '../domain/webhook/verification.ts';
import type { BuiltInstance } from './build-instance.ts';
import { hashOf } from './canonical-hash.ts';
import { checkEndpoints } from './check-endpoints.ts';
import { checkTarget, checkUnique } from './check-outside.ts';
import { asJson, type LoadedConfig } from './load-config.ts';

type Section = z.output<typeof endpointSchema>;

const LOOKS_LIKE_NETWORK = /^[0-9a-fA-F.:]+(\/\d{1,3})?$/;

/** Compiles the `webhooks` section; everything wrong with it is reported. */
export function buildWebhooks(targets: ReadonlyMap<string, BuiltInstance>, config: LoadedConfig): WebhookSettings {
  const { webhooks } = config.tree;
  if (webhooks === undefined || webhooks === null) return NO_WEBHOOKS;
  const decoded = config.decode(webhooksSchema, ['webhooks'], webhooks)?.value ?? null;
  const base = ['webhooks', 'endpoints'];
  const written = entriesAt(base, config);
  checkUnique(written, { base, key: 'name' }, config);
  checkUnique(written, { base, key: 'path' }, config);
  checkEndpoints(written, base, config);
  checkNetworks(['webhooks', 'trusted_proxies'], config);
  const types = written.map((value, index) => checkEndpoint(value, [...base, index], { targets, config }));
  // Of a section that is at fault nothing is used: the snapshot is refused.
  if (decoded === null) return NO_WEBHOOKS;
  const endpoints = decoded.endpoints.map((section, index) => {
    const hash = hashOf(written[index]);
    return endpointOf(section, { typeOf: types[index] ?? null, hash });
  });
  return {
    publicUrl: decoded.public_url ?? null,
    trustedProxies: decoded.trusted_proxies,
    trusted: compileAddresses(decoded.trusted_proxies.filter(isNetwork)),
    addressLimit: { count: decoded.address_limit.count, perMs: decoded.address_limit.per },
    endpoints,
  };
}

/** Checks what the schema cannot, and compiles the type of the event; null: there is none, or it is at fault. */
function checkEndpoint(
  written: Json,
  path: Path,
  { targets, config }: { readonly targets: ReadonlyMap<string, BuiltInstance>; readonly config: LoadedConfig },
): Endpoint['emit'] {
  const { emit, verify } = config.salvage(endpointSchema, path, written)?.value ?? {};
  const { scheme = '', secrets = [] } = verify ?? {};
  for (const [at, secret] of secrets.entries()) {
    if (isWeakSecret(scheme, secret)) warnOfSecret([...path, 'verify', 'secrets', at], config);
  }
  checkTarget([...path, 'to'], targets, config);
  checkNetworks([...path, 'allow'], config);
  if (emit === undefined) return null;
  const compiled = compileEventType(emit);
  if (compiled.ok) return compiled.typeOf;
  const { message, offset } = compiled;
  const place = [...path, 'emit'];
  config.report(
    {
      severity: 'error',
      code: offset === 0 ? 'invalid_event_type' : 'invalid_expression',
      path: place,
      at: 'value',
      message: `${formatPath(place)}: ${message}`,
      hint: null,
    },
    offset === 0 ? undefined : { text: emit, offset },
  );
  return null;
}

function warnOfSecret(path: Path, config: LoadedConfig): void {
  config.report({
    severity: 'warning',
    code: 'weak_secret',
    path,
    at: 'value',
    message: `${formatPath(path)}: the secret has fewer than 16 characters`,
    hint: 'choose a random one, such as `openssl rand -hex 32` prints',
  });
}

function checkNetworks(path: Path, config: LoadedConfig): void {
  for (const [index, network] of entriesAt(path, config).entries()) {
    // What does not even look like one, the schema has reported.
    if (typeof network !== 'string' || !LOOKS_LIKE_NETWORK.test(network) || isNetwork(network)) continue;
    const place = [...path, index];
    config.report({
      severity: 'error',
      code: 'invalid_value',
      path: place,
      at: 'value',
      message: `${formatPath(place)}: "${network}" is no address or network`,
      hint: 'such as `203.0.113.7`, `140.82.112.0/20` or `2001:db8::/32`',
    });
  }
}

function endpointOf(
  section: Section,
  { typeOf, hash }: { readonly typeOf: Endpoint['emit']; readonly hash: string },
): Endpoint {
  const verify = compileVerification(section.verify);
  const { body, contentTypes } = bodyDefaults({
    scheme: section.verify.scheme,
    body: section.body,
    contentTypes: section.content_types,
  });
  const { rate_limit: rate, challenge } = section;
  return {
    name: section.name,
    path: section.path,
    verify,
    to: section.to ?? null,
    emit: typeOf,
    mode: section.mode,
    body,
    raw: section.raw,
    headers: section.headers.map((header) => header.toLowerCase()),
    query: section.query,
    maxBodyBytes: section.max_body,
    contentTypes,
    dedupe: dedupeOf(section.dedupe, verify),
    rateLimit: rate === undefined ? null : { count: rate.count, perMs: rate.per },
    allows: section.allow.length === 0 ? () => true : compileAddresses(section.allow.filter(isNetwork)),
    challenge:
      challenge === undefined
        ? null
        : challenge.kind === 'meta'
          ? { kind: 'meta', token: challenge.token ?? '' }
          : { kind: 'microsoft' },
    respondMs: section.respond?.wait ?? null,
    priority: section.priority,
    maxAttempts: section.max_attempts ?? null,
    timeoutMs: section.timeout ?? null,
    hash,
  };
}

function dedupeOf(written: string | undefined, verify: Verification): Dedupe {
  if (written === 'off' || (written === undefined && verify.repeats === 'nothing')) return { kind: 'off' };
  if (written === undefined) return { kind: 'scheme' };
  return { kind: 'header', header: written.slice('header:'.length).toLowerCase() };
}

/** The entries of a list, or none where something else stands. */
function entriesAt(path: Path, config: LoadedConfig): readonly Json[] {
  const list = valueAt(config.tree, path);
  return Array.isArray(list) ? list.map(asJson) : [];
}
