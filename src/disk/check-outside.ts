import { apiSchema } from '../domain/config/api.ts';
import { expectSchema } from '../domain/config/expect.ts';
import { describeValue, type Path } from '../domain/config/finding.ts';
import type { JobTarget } from '../domain/config/job-target.ts';
import { SECTIONS } from '../domain/config/root.ts';
import { serviceSchema } from '../domain/config/service.ts';
import { webhooksSchema } from '../domain/config/webhooks.ts';
import { nearest } from '../domain/did-you-mean.ts';
import { eventTypeError, isReservedType } from '../domain/event.ts';
import type { BuiltInstance } from './build-instance.ts';
import { checkCommand } from './build-schedules.ts';
import type { LoadedConfig } from './load-config.ts';

type Targets = ReadonlyMap<string, BuiltInstance>;

/** Checks what connects the gateway with the outside: `webhooks`, `api`, `expect`, `include` and `service.on_failure`. */
export function checkOutside(targets: Targets, config: LoadedConfig): void {
  checkWebhooks(targets, config);
  const { api, expect, include } = config.tree;
  if (api !== undefined && api !== null) config.decode(apiSchema, ['api'], api);
  if (include !== undefined && include !== null) config.decode(SECTIONS.include, ['include'], include);
  if (expect !== undefined && expect !== null) checkExpectations(config);
  const failure = serviceSchema.safeParse(config.tree['service'] ?? {}).data?.on_failure;
  if (failure !== undefined)
    checkTarget({ target: failure.to, path: ['service', 'on_failure', 'to'] }, targets, config);
}

function checkWebhooks(targets: Targets, config: LoadedConfig): void {
  const { webhooks } = config.tree;
  if (webhooks === undefined || webhooks === null) return;
  const decoded = config.decode(webhooksSchema, ['webhooks'], webhooks);
  if (decoded === null) return;
  const { endpoints } = decoded.value;
  const base = ['webhooks', 'endpoints'];
  checkUnique(
    endpoints.map(({ name }) => name),
    { base, key: 'name' },
    config,
  );
  checkUnique(
    endpoints.map(({ path }) => path),
    { base, key: 'path' },
    config,
  );
  for (const [index, { to, emit, verify }] of endpoints.entries()) {
    for (const secret of verify.secrets ?? []) config.secrets.add(secret);
    if (to !== undefined) checkTarget({ target: to, path: [...base, index, 'to'] }, targets, config);
    if (emit !== undefined && !emit.includes('${{')) checkEmit(emit, [...base, index, 'emit'], config);
  }
}

function checkEmit(type: string, path: Path, config: LoadedConfig): void {
  const message =
    eventTypeError(type) ?? (isReservedType(type) ? `the event type "${type}" is reserved for the core` : null);
  if (message === null) return;
  config.report({ severity: 'error', code: 'invalid_event_type', path, at: 'value', message, hint: null });
}

function checkExpectations(config: LoadedConfig): void {
  const decoded = config.decode(expectSchema, ['expect']);
  if (decoded === null) return;
  checkUnique(
    decoded.value.map(({ name }) => name),
    { base: ['expect'], key: 'name' },
    config,
  );
}

function checkTarget(
  { target, path }: { readonly target: JobTarget; readonly path: Path },
  targets: Targets,
  config: LoadedConfig,
): void {
  const built = targets.get(target.instance);
  if (built !== undefined) {
    checkCommand({ command: target.command, path, built }, config);
    return;
  }
  const near = nearest(target.instance, targets.keys());
  config.report({
    severity: 'error',
    code: 'unknown_reference',
    path,
    at: 'value',
    message: `no instance is called ${describeValue(target.instance)}`,
    hint: near === null ? null : `did you mean "${near}"?`,
  });
}

/** Reports entries of a list that bear a value which an earlier one bears. */
export function checkUnique(
  values: readonly string[],
  { base, key }: { readonly base: Path; readonly key: string },
  config: LoadedConfig,
): void {
  for (const [index, value] of values.entries()) {
    const first = values.indexOf(value);
    if (first === index) continue;
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
