import type { ApiSettings } from './api-settings.ts';
import type { Path } from './config/finding.ts';
import type { ServiceConfig } from './config/service.ts';
import type { Location } from './errors.ts';
import type { Expectation } from './expectation.ts';
import type { Instance } from './instance.ts';
import type { Json } from './json.ts';
import type { Redactor } from './redact.ts';
import type { InstanceTemplate } from './replay/instance-template.ts';
import type { CompiledRoute } from './route.ts';
import type { CompiledSchedule } from './schedule.ts';
import type { SecretUse } from './secret.ts';
import type { WebhookSettings } from './webhook/settings.ts';

/** A scalar of the configuration, secrets masked. */
export interface WrittenValue {
  readonly path: Path;
  readonly value: Json;
  /** The text as written when it held a `${…}`; null otherwise. */
  readonly reference: string | null;
  readonly location: Location;
}

/** The configuration as people may see it: everything that is secret masked. */
export interface ShownConfig {
  /** All files as one YAML document, references as they are written. */
  readonly text: string;
  /** Every scalar that a file sets, in the order of the files. */
  readonly written: readonly WrittenValue[];
}

/** Configuration, plugins, routes and schedules, validated whole and immutable. An attempt keeps the one it started with. */
export interface Snapshot {
  /** Hash of everything below, secrets included, as 16 hexadecimal digits. */
  readonly version: string;
  /** Absolute path of the configuration file. */
  readonly file: string;
  readonly service: ServiceConfig;
  /** Addresses of the listeners; null: there is to be none. */
  readonly listen: { readonly api: string | null; readonly webhooks: string };
  readonly api: ApiSettings;
  readonly webhooks: WebhookSettings;
  readonly instances: ReadonlyMap<string, Instance>;
  readonly routes: readonly CompiledRoute[];
  readonly schedules: readonly CompiledSchedule[];
  readonly expectations: readonly Expectation[];
  readonly redactor: Redactor;
  /** Where the configuration holds secrets; without their values. */
  readonly secrets: readonly SecretUse[];
  /** The configuration as it may be shown; made when it is first asked for. */
  readonly shown: () => ShownConfig;
  /** Every instance by name as attempts run it, secrets by reference; made when it is first asked for. */
  readonly templates: () => Readonly<Record<string, InstanceTemplate>>;
}
