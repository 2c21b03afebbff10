import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Operations } from '../../engine/operations.ts';
import { idParameter, pageFields } from './fields.ts';
import { parse } from './parse.ts';
import { deliveryDetailView, deliveryView, rejectionView, webhookView } from './webhook-view.ts';

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
const deliveryList = z.strictObject({ ...pageFields, webhook: z.string().nullable().default(null), failed: flag });
const rejectionList = z.strictObject({ ...pageFields, webhook: z.string().nullable().default(null) });

/** Adds `/api/v1/webhooks` and `/api/v1/deliveries` (list, refused, show, redeliver). */
export function addWebhooks(app: FastifyInstance, operations: Operations): void {
  app.get('/api/v1/webhooks', async () => ({ webhooks: (await operations.webhooks()).map(webhookView) }));

  app.get('/api/v1/deliveries', async (request) => {
    const { limit, cursor, webhook, failed } = parse(deliveryList, request.query);
    const listed = await operations.deliveries({ endpoint: webhook, failed }, { limit, cursor });
    return { deliveries: listed.items.map(deliveryView), next_cursor: listed.nextCursor };
  });

  app.get('/api/v1/deliveries/rejected', async (request) => {
    const { limit, cursor, webhook } = parse(rejectionList, request.query);
    const listed = await operations.rejections(webhook, { limit, cursor });
    return { rejected: listed.items.map(rejectionView), next_cursor: listed.nextCursor };
  });

  app.get('/api/v1/deliveries/:id', async (request) => {
    const { redactor } = operations.snapshot();
    return deliveryDetailView(await operations.delivery(parse(idParameter, request.params).id), redactor);
  });

  app.post('/api/v1/deliveries/:id/redeliver', async (request) => {
    const { kind, jobIds, eventId } = await operations.redeliver(parse(idParameter, request.params).id);
    return { redelivered: kind, jobs: jobIds, event_id: eventId };
  });
}
