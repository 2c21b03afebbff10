import type { Redactor } from '../../domain/redact.ts';
import type { Rejection } from '../../domain/webhook/rejection.ts';
import type { DeliverySummary, StoredDelivery, WebhookView } from '../../engine/webhook-operations.ts';
import { instant } from './instant-view.ts';
import { shownBody } from './shown-body.ts';

/** An endpoint with what came in through it in the last day. */
export function webhookView({ endpoint, url, counts }: WebhookView) {
  return {
    name: endpoint.name,
    path: endpoint.path,
    url,
    scheme: endpoint.verify.scheme,
    mode: endpoint.mode,
    to: endpoint.to,
    emits: endpoint.emit !== null,
    accepted: counts?.accepted ?? 0,
    repeated: counts?.repeated ?? 0,
    rejected: counts?.rejected ?? 0,
    last_at: instant(counts?.lastAt ?? null),
  };
}

/** A delivery as lists show it. */
export function deliveryView(delivery: DeliverySummary) {
  return {
    id: delivery.id,
    webhook: delivery.endpoint,
    received_at: instant(delivery.receivedAt),
    remote: delivery.remote,
    sender_id: delivery.senderId,
    job_id: delivery.jobId,
    job_status: delivery.jobStatus,
    event_id: delivery.eventId,
    body_bytes: delivery.bodyBytes,
    repeats: delivery.repeats,
    last_repeat_at: instant(delivery.lastRepeatAt),
  };
}

/** A delivery with what was kept of it, masked: its body as text, or in base64 when it is none. */
export function deliveryDetailView(delivery: StoredDelivery, redactor: Redactor) {
  const body = shownBody(delivery, redactor);
  return {
    ...deliveryView(delivery),
    content_type: delivery.contentType,
    format: delivery.format,
    headers: redactor.json(delivery.headers),
    query: redactor.json(delivery.query),
    body,
    body_base64: body === null ? redactor.text(Buffer.from(delivery.body).toString('base64')) : null,
  };
}

/** Requests that were refused, counted by the hour. */
export function rejectionView({ endpoint, reason, remote, count, firstAt, lastAt }: Rejection) {
  return { webhook: endpoint, reason, remote, count, first_at: instant(firstAt), last_at: instant(lastAt) };
}
