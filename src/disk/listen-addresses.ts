import { apiSchema } from '../domain/config/api.ts';
import { webhooksSchema } from '../domain/config/webhooks.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';

/** Addresses of the listeners in a configuration, their defaults filled in. */
export function listenAddresses(tree: JsonObject): { readonly api: string; readonly webhooks: string } {
  return {
    api: listenOf(tree['api'], apiSchema.shape.listen.parse(undefined)),
    webhooks: listenOf(tree['webhooks'], webhooksSchema.shape.listen.parse(undefined)),
  };
}

function listenOf(section: unknown, otherwise: string): string {
  const listen = isJsonObject(section) ? section['listen'] : undefined;
  return typeof listen === 'string' ? listen : otherwise;
}
