import { OperatorError } from '../domain/errors.ts';
import { explainDelivery } from '../domain/explain/explain-delivery.ts';
import { explainWebhook } from '../domain/explain/explain-webhook.ts';
import type { Explanation } from '../domain/explain/explanation.ts';
import type { Operations } from './operations.ts';
import type { StoredDelivery } from './webhook-operations.ts';

const REJECTIONS = { limit: 100, cursor: null };
const LAST = { limit: 1, cursor: null };

/** True when the id names a webhook that is configured or remembered, or a delivery that is kept. */
export async function isWebhook(operations: Operations, id: string): Promise<boolean> {
  return (await isEndpoint(operations, id)) || (await deliveryOf(operations, id)) !== null;
}

/** Explains a webhook by its name, or a delivery by its id. */
export async function explainWebhookNamed(operations: Operations, id: string): Promise<Explanation> {
  const delivery = (await isEndpoint(operations, id)) ? null : await deliveryOf(operations, id);
  if (delivery !== null) {
    return explainDelivery({ delivery, event: await knownEvent(operations, delivery.eventId) });
  }
  const [{ running, webhooksAt }, views, deliveries, rejections] = await Promise.all([
    operations.status(),
    operations.webhooks(),
    operations.deliveries({ endpoint: id, failed: false }, LAST),
    operations.rejections(id, REJECTIONS),
  ]);
  const view = views.find(({ endpoint }) => endpoint.name === id);
  return explainWebhook({
    name: id,
    configured: view === undefined ? null : view.endpoint,
    url: view?.url ?? null,
    running,
    listening: webhooksAt !== null,
    counts: view?.counts ?? null,
    last: deliveries.items[0] ?? null,
    rejections: rejections.items,
  });
}

async function isEndpoint(operations: Operations, id: string): Promise<boolean> {
  if (operations.snapshot().webhooks.endpoints.some(({ name }) => name === id)) return true;
  const { items } = await operations.deliveries({ endpoint: id, failed: false }, LAST);
  return items.length > 0 || (await operations.rejections(id, LAST)).items.length > 0;
}

async function deliveryOf(operations: Operations, id: string): Promise<StoredDelivery | null> {
  return foundOrNull(operations.delivery(id));
}

async function knownEvent(operations: Operations, id: string | null) {
  return id === null ? null : foundOrNull(operations.event(id));
}

async function foundOrNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'not_found') return null;
    throw error;
  }
}
