import { apiSchema } from '../domain/config/api.ts';
import { webhooksSchema } from '../domain/config/webhooks.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';

/** Addresses of the listeners in a configuration, their defaults filled in; null: there is to be none. */
export function listenAddresses(tree: JsonObject): { readonly api: string | null; readonly webhooks: string } {
  const api = listenOf(tree['api'], apiSchema.shape.listen.parse(undefined));
  return {
    api: api === 'none' ? null : api,
    webhooks: listenOf(tree['webhooks'], webhooksSchema.shape.listen.parse(undefined)),
  };
}

function listenOf(section: unknown, otherwise: string): string {
  const listen = isJsonObject(section) ? section['listen'] : undefined;
  return typeof listen === 'string' ? listen : otherwise;
}
