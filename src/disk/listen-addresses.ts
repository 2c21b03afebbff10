import { placeOf } from '../domain/api-settings.ts';
import { apiSchema } from '../domain/config/api.ts';
import { webhooksSchema } from '../domain/config/webhooks.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import type { LoadedConfig } from './load-config.ts';

/** Addresses of the listeners in a configuration, their defaults filled in; null: there is to be none. */
export function listenAddresses(tree: JsonObject): { readonly api: string | null; readonly webhooks: string } {
  const api = listenOf(tree['api'], apiSchema.shape.listen.parse(undefined));
  return {
    api: api === 'none' ? null : api,
    webhooks: listenOf(tree['webhooks'], webhooksSchema.shape.listen.parse(undefined)),
  };
}

/** Two listeners cannot share one address; found here, it is not taken for another program's when the gateway starts. */
export function checkListen(config: LoadedConfig, { endpoints }: { readonly endpoints: number }): void {
  const { api, webhooks } = listenAddresses(config.tree);
  // Of port 0 each gets one that is free.
  if (endpoints === 0 || api !== webhooks || placeOf(webhooks).port === 0) return;
  const section = config.tree['webhooks'];
  config.report({
    severity: 'error',
    code: 'invalid_value',
    path: [isJsonObject(section) && 'listen' in section ? 'webhooks' : 'api', 'listen'],
    at: 'value',
    message: `the API and the webhooks cannot both listen at ${webhooks}`,
    hint: 'give each a port of its own, or the API none (`api.listen: none`)',
  });
}

function listenOf(section: unknown, otherwise: string): string {
  const listen = isJsonObject(section) ? section['listen'] : undefined;
  return typeof listen === 'string' ? listen : otherwise;
}
