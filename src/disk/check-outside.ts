import { apiSchema } from '../domain/config/api.ts';
import { expectSchema } from '../domain/config/expect.ts';
import { describeValue, formatPath, type Path, valueAt } from '../domain/config/finding.ts';
import { SECTIONS } from '../domain/config/root.ts';
import { endpointSchema, webhooksSchema } from '../domain/config/webhooks.ts';
import { nearest } from '../domain/did-you-mean.ts';
import { eventTypeError, isReservedType } from '../domain/event.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import { isWeakSecret } from '../domain/webhook/secret-text.ts';
import type { BuiltInstance } from './build-instance.ts';
import { checkCommand } from './build-schedules.ts';
import { asJson, type LoadedConfig } from './load-config.ts';
import { readTarget } from './read-target.ts';

type Targets = ReadonlyMap<string, BuiltInstance>;

/** Checks what connects the gateway with the outside: `webhooks`, `api`, `expect`, `include` and `service.on_failure`. */
export function checkOutside(targets: Targets, config: LoadedConfig): void {
  checkWebhooks(targets, config);
  const { api, expect, include } = config.tree;
  if (api !== undefined && api !== null) config.decode(apiSchema, ['api'], api);
  if (include !== undefined && include !== null) config.decode(SECTIONS.include, ['include'], include);
  if (expect !== undefined && expect !== null) checkExpectations(expect, config);
  checkTarget(['service', 'on_failure', 'to'], targets, config);
}

function checkWebhooks(targets: Targets, config: LoadedConfig): void {
  const { webhooks } = config.tree;
  if (webhooks === undefined || webhooks === null) return;
  config.decode(webhooksSchema, ['webhooks'], webhooks);
  const base = ['webhooks', 'endpoints'];
  const endpoints = entriesAt(base, config);
  checkUnique(endpoints, { base, key: 'name' }, config);
  checkUnique(endpoints, { base, key: 'path' }, config);
  for (const [index, written] of endpoints.entries()) {
    const path = [...base, index];
    const { emit, verify, challenge } = config.salvage(endpointSchema, path, written)?.value ?? {};
    const { scheme = '', secrets = [] } = verify ?? {};
    for (const secret of secrets) config.secrets.add(secret);
    if (challenge?.token !== undefined) config.secrets.add(challenge.token);
    for (const [at, secret] of secrets.entries()) {
      if (isWeakSecret(scheme, secret)) warnOfSecret([...path, 'verify', 'secrets', at], config);
    }
    checkTarget([...path, 'to'], targets, config);
    if (emit !== undefined && !emit.includes('${{')) checkEmit(emit, [...path, 'emit'], config);
  }
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

/** The entries of a list, or none where something else stands. */
function entriesAt(path: Path, config: LoadedConfig): readonly Json[] {
  const list = valueAt(config.tree, path);
  return Array.isArray(list) ? list.map(asJson) : [];
}

function checkEmit(type: string, path: Path, config: LoadedConfig): void {
  const message =
    eventTypeError(type) ?? (isReservedType(type) ? `the event type "${type}" is reserved for the core` : null);
  if (message === null) return;
  config.report({ severity: 'error', code: 'invalid_event_type', path, at: 'value', message, hint: null });
}

function checkExpectations(expect: Json, config: LoadedConfig): void {
  config.decode(expectSchema, ['expect'], expect);
  checkUnique(entriesAt(['expect'], config), { base: ['expect'], key: 'name' }, config);
}

/** Checks the target that is written at a path, if there is one. */
function checkTarget(path: Path, targets: Targets, config: LoadedConfig): void {
  const written = valueAt(config.tree, path);
  const { instance, command } = readTarget(asJson(written), path, config);
  if (instance === null) return;
  const built = targets.get(instance);
  if (built !== undefined) {
    if (command !== null) checkCommand({ command, path, built }, config);
    return;
  }
  const near = nearest(instance, targets.keys());
  config.report({
    severity: 'error',
    code: 'unknown_reference',
    path,
    at: 'value',
    message: `no instance is called ${describeValue(instance)}`,
    hint: near === null ? null : `did you mean "${near}"?`,
  });
}

/** Reports entries of a list that bear a text under a key which an earlier one bears. */
export function checkUnique(
  entries: readonly Json[],
  { base, key }: { readonly base: Path; readonly key: string },
  config: LoadedConfig,
): void {
  const values = entries.map((entry) => (isJsonObject(entry) ? entry[key] : null));
  for (const [index, value] of values.entries()) {
    const first = values.indexOf(value);
    if (typeof value !== 'string' || first === index) continue;
    config.report({
      severity: 'error',
      code: 'duplicate_name',
      path: [...base, index, key],
      at: 'value',
      message: `the ${key} ${describeValue(value)} is taken by entry ${first + 1} of this list`,
      hint: `give each entry a ${key} of its own`,
    });
  }
}
