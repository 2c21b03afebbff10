import type { ServiceConfig } from './config/service.ts';
import type { Instance } from './instance.ts';
import type { Redactor } from './redact.ts';
import type { CompiledRoute } from './route.ts';
import type { CompiledSchedule } from './schedule.ts';

/** Configuration, plugins, routes and schedules, validated whole and immutable. An attempt keeps the one it started with. */
export interface Snapshot {
  /** Hash of everything below, secrets included, as 16 hexadecimal digits. */
  readonly version: string;
  /** Absolute path of the configuration file. */
  readonly file: string;
  readonly service: ServiceConfig;
  /** Addresses of the listeners. */
  readonly listen: { readonly api: string; readonly webhooks: string };
  readonly instances: ReadonlyMap<string, Instance>;
  readonly routes: readonly CompiledRoute[];
  readonly schedules: readonly CompiledSchedule[];
  readonly redactor: Redactor;
}
