import { API_DEFAULTS, type ApiSettings } from '../domain/api-settings.ts';
import { apiSchema } from '../domain/config/api.ts';
import { isJsonObject } from '../domain/json.ts';
import type { LoadedConfig } from './load-config.ts';

/** Decodes the `api` section; everything wrong with it is reported. */
export function buildApi(config: LoadedConfig): ApiSettings {
  const { api } = config.tree;
  const decoded = api === undefined || api === null ? null : config.decode(apiSchema, ['api'], api);
  // Of a section that is at fault nothing is used: the snapshot is refused.
  if (decoded === null) return API_DEFAULTS;
  const { public_url: publicUrl, hosts, open_reading: openReading } = decoded.value;
  return {
    listenChosen: isJsonObject(api) && typeof api['listen'] === 'string',
    publicUrl: publicUrl?.replace(/\/$/, '').toLowerCase() ?? null,
    hosts: hosts.map((host) => host.toLowerCase()),
    openReading,
  };
}
