import { sameValue } from './same-value.ts';
import type { CompiledSchedule } from './schedule.ts';
import type { Snapshot } from './snapshot.ts';
import type { Endpoint } from './webhook/endpoint.ts';

/** Names of what one snapshot has and another has not, or has differently; each list is sorted. */
export interface Changes {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** What differs between two snapshots, by name; values, which may be secret, are not told. */
export interface SnapshotDifference {
  /** Keys of `service`, `api` and `webhooks` with another value. */
  readonly settings: readonly string[];
  readonly instances: Changes;
  readonly routes: Changes;
  /** By `<instance>/<schedule>`. */
  readonly schedules: Changes;
  readonly webhooks: Changes;
  readonly expectations: Changes;
}

/** What differs between the snapshot in force and the next one. */
export function snapshotDifference(before: Snapshot, after: Snapshot): SnapshotDifference {
  return {
    settings: [...settingsOf(before, after), ...apiSettingsOf(before, after), ...webhookSettingsOf(before, after)],
    instances: changes(before.instances, after.instances),
    routes: changes(byName(before.routes), byName(after.routes)),
    schedules: changes(bySchedule(before.schedules), bySchedule(after.schedules)),
    webhooks: changes(hashes(before.webhooks.endpoints), hashes(after.webhooks.endpoints)),
    expectations: changes(byName(before.expectations), byName(after.expectations)),
  };
}

/** True when nothing differs. */
export function isSame({
  settings,
  instances,
  routes,
  schedules,
  webhooks,
  expectations,
}: SnapshotDifference): boolean {
  const lists = [instances, routes, schedules, webhooks, expectations].flatMap(({ added, changed, removed }) => [
    added,
    changed,
    removed,
  ]);
  return [settings, ...lists].every((names) => names.length === 0);
}

/** Keys whose change takes effect with a restart only: a gateway holds one state directory and its sockets stay open. */
export function restartKeys(before: Snapshot, after: Snapshot): readonly string[] {
  const pairs: Readonly<Record<string, readonly [string | null, string | null]>> = {
    'service.state_dir': [before.service.stateDir, after.service.stateDir],
    'service.storage': [before.service.storage, after.service.storage],
    'api.listen': [before.listen.api, after.listen.api],
    'webhooks.listen': [before.listen.webhooks, after.listen.webhooks],
  };
  return Object.entries(pairs).flatMap(([key, [old, next]]) => (old === next ? [] : [key]));
}

/** How a schedule is called: `<instance>/<schedule>`. */
export function scheduleName({ instance, id }: Pick<CompiledSchedule, 'instance' | 'id'>): string {
  return `${instance}/${id}`;
}

function settingsOf({ service: before }: Snapshot, { service: after }: Snapshot): readonly string[] {
  return Object.entries(after)
    .filter(([key, value]) => !sameValue(value, Reflect.get(before, key)))
    .map(([key]) => `service.${key.replace(/Ms$/, '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`)
    .toSorted();
}

function apiSettingsOf({ api: before }: Snapshot, { api: after }: Snapshot): readonly string[] {
  const pairs: Readonly<Record<string, readonly [unknown, unknown]>> = {
    'api.hosts': [before.hosts, after.hosts],
    'api.open_reading': [before.openReading, after.openReading],
    'api.public_url': [before.publicUrl, after.publicUrl],
  };
  return Object.entries(pairs).flatMap(([key, [old, next]]) => (sameValue(old, next) ? [] : [key]));
}

function webhookSettingsOf({ webhooks: before }: Snapshot, { webhooks: after }: Snapshot): readonly string[] {
  const pairs: Readonly<Record<string, readonly [unknown, unknown]>> = {
    'webhooks.address_limit': [before.addressLimit, after.addressLimit],
    'webhooks.public_url': [before.publicUrl, after.publicUrl],
    'webhooks.trusted_proxies': [before.trustedProxies, after.trustedProxies],
  };
  return Object.entries(pairs).flatMap(([key, [old, next]]) => (sameValue(old, next) ? [] : [key]));
}

function changes<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Changes {
  return {
    added: [...after.keys()].filter((name) => !before.has(name)).toSorted(),
    changed: [...after]
      .filter(([name, value]) => before.has(name) && !sameValue(value, before.get(name)))
      .map(([name]) => name)
      .toSorted(),
    removed: [...before.keys()].filter((name) => !after.has(name)).toSorted(),
  };
}

function byName<T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.name, item]));
}

function hashes(endpoints: readonly Endpoint[]): ReadonlyMap<string, string> {
  return new Map(endpoints.map(({ name, hash }) => [name, hash]));
}

function bySchedule(schedules: readonly CompiledSchedule[]): ReadonlyMap<string, CompiledSchedule> {
  return new Map(schedules.map((schedule) => [scheduleName(schedule), schedule]));
}
