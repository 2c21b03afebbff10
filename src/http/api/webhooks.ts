import { z } from 'zod';
import { listAnswer } from './answer-schemas.ts';
import { flagField, idParameter, pageFields } from './fields.ts';
import { NOTHING, type Route, route } from './route.ts';
import {
  deliveryAnswer,
  deliveryDetailAnswer,
  redeliveryAnswer,
  rejectionAnswer,
  webhookAnswer,
} from './webhook-schema.ts';
import { deliveryDetailView, deliveryView, rejectionView, webhookView } from './webhook-view.ts';

const rejectionList = z.strictObject({ ...pageFields, webhook: z.string().nullable().default(null) });
const deliveryList = rejectionList.extend({ failed: flagField });

const webhooks = route({
  method: 'GET',
  path: '/webhooks',
  scope: 'read',
  reach: 'gateway',
  summary: 'Lists the webhooks with what came in through each in the last day.',
  tag: 'webhooks',
  params: NOTHING,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The webhooks.', schema: listAnswer('webhooks', webhookAnswer) } },
  errors: [],
  async handle(_input, { operations }) {
    return { status: 200, body: { webhooks: (await operations.webhooks()).map(webhookView), next_cursor: null } };
  },
});

const deliveries = route({
  method: 'GET',
  path: '/deliveries',
  scope: 'read',
  reach: 'gateway',
  summary: 'Lists what webhooks have taken in, newest first; `failed=true`: only what ended badly.',
  tag: 'webhooks',
  params: NOTHING,
  query: deliveryList,
  body: null,
  answers: { 200: { means: 'A page of deliveries.', schema: listAnswer('deliveries', deliveryAnswer) } },
  errors: [],
  async handle({ query: { limit, cursor, webhook, failed } }, { operations }) {
    const listed = await operations.deliveries({ endpoint: webhook, failed }, { limit, cursor });
    return { status: 200, body: { deliveries: listed.items.map(deliveryView), next_cursor: listed.nextCursor } };
  },
});

const rejections = route({
  method: 'GET',
  path: '/deliveries/rejected',
  scope: 'read',
  reach: 'gateway',
  summary: 'Lists what webhooks have refused, and why.',
  tag: 'webhooks',
  params: NOTHING,
  query: rejectionList,
  body: null,
  answers: { 200: { means: 'A page of refusals.', schema: listAnswer('rejected', rejectionAnswer) } },
  errors: [],
  async handle({ query: { limit, cursor, webhook } }, { operations }) {
    const listed = await operations.rejections(webhook, { limit, cursor });
    return { status: 200, body: { rejected: listed.items.map(rejectionView), next_cursor: listed.nextCursor } };
  },
});

const delivery = route({
  method: 'GET',
  path: '/deliveries/:id',
  scope: 'read',
  reach: 'gateway',
  summary: 'Shows a delivery with its headers and body, masked.',
  tag: 'webhooks',
  params: idParameter,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The delivery.', schema: deliveryDetailAnswer } },
  errors: ['not_found'],
  async handle({ params }, { operations }) {
    const { redactor } = operations.snapshot();
    return { status: 200, body: deliveryDetailView(await operations.delivery(params.id), redactor) };
  },
});

const redeliver = route({
  method: 'POST',
  path: '/deliveries/:id/redeliver',
  scope: 'operate',
  reach: 'gateway',
  summary: 'Runs a delivery that was only observed, or queues again what ended badly.',
  tag: 'webhooks',
  params: idParameter,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The jobs that run.', schema: redeliveryAnswer } },
  errors: [
    ...(['not_found', 'invalid_payload', 'invalid_event_type', 'unknown_instance', 'instance_disabled'] as const),
    ...(['unknown_command', 'already_terminal', 'not_terminal', 'duplicate_active', 'queue_full', 'draining'] as const),
  ],
  async handle({ params }, { operations }) {
    const { kind, jobIds, eventId } = await operations.redeliver(params.id);
    return { status: 200, body: { redelivered: kind, jobs: jobIds, event_id: eventId } };
  },
});

/** `/webhooks` and `/deliveries`: list, refused, show, redeliver. */
export const WEBHOOK_ROUTES: readonly Route[] = [webhooks, deliveries, rejections, delivery, redeliver];
