import { z } from 'zod';
import { JOB_STATUSES } from '../../domain/job.ts';
import { instantAnswer, jsonAnswer } from './answer-schemas.ts';

/** An endpoint with what came in through it in the last day. */
export const webhookAnswer = z
  .strictObject({
    name: z.string(),
    path: z.string(),
    url: z.string().nullable(),
    scheme: z.string(),
    mode: z.enum(['run', 'observe']),
    to: z.strictObject({ instance: z.string(), command: z.string() }).nullable(),
    emits: z.boolean(),
    accepted: z.int(),
    repeated: z.int(),
    rejected: z.int(),
    last_at: instantAnswer.nullable(),
  })
  .meta({ id: 'Webhook' });

/** A delivery as lists show it. */
export const deliveryAnswer = z
  .strictObject({
    id: z.string(),
    webhook: z.string(),
    received_at: instantAnswer,
    remote: z.string(),
    sender_id: z.string().nullable(),
    job_id: z.string().nullable(),
    job_status: z.enum(JOB_STATUSES).nullable(),
    event_id: z.string().nullable(),
    body_bytes: z.int(),
    repeats: z.int(),
    last_repeat_at: instantAnswer.nullable(),
  })
  .meta({ id: 'Delivery' });

/** A delivery with what was kept of it: its body as text, or in base64 when it is none. */
export const deliveryDetailAnswer = z
  .strictObject({
    ...deliveryAnswer.shape,
    content_type: z.string().nullable(),
    format: z.enum(['json', 'form', 'raw']),
    headers: jsonAnswer,
    query: jsonAnswer,
    body: z.string().nullable(),
    body_base64: z.string().nullable(),
  })
  .meta({ id: 'DeliveryDetail' });

/** Requests that were refused, counted by the hour. */
export const rejectionAnswer = z
  .strictObject({
    webhook: z.string(),
    reason: z.string(),
    remote: z.string().nullable(),
    count: z.int(),
    first_at: instantAnswer,
    last_at: instantAnswer,
  })
  .meta({ id: 'Rejection' });

/** What came of delivering something again. */
export const redeliveryAnswer = z
  .strictObject({
    redelivered: z.enum(['run', 'retried']),
    jobs: z.array(z.string()),
    event_id: z.string().nullable(),
  })
  .meta({ id: 'Redelivered' });
