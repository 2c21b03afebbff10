import { OperatorError } from '../domain/errors.ts';
import { isTerminal, type Job } from '../domain/job.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import type { Endpoint } from '../domain/webhook/endpoint.ts';
import { parseBody } from '../domain/webhook/parse-body.ts';
import type { Rejection } from '../domain/webhook/rejection.ts';
import type { DeliveryFilter, DeliverySummary, StoredDelivery, WebhookCounts } from '../store/port/deliveries.ts';
import type { Listed, Page } from '../store/port/lists.ts';
import { workOf } from './delivery-work.ts';
import type { Enqueue } from './enqueue.ts';
import type { EngineParts } from './parts.ts';

export type { DeliverySummary, StoredDelivery } from '../store/port/deliveries.ts';

/** Counts are of the last day. */
const COUNTED_MS = 86_400_000;

/** An endpoint with what came in through it in the last day; null: nothing did. */
export interface WebhookView {
  readonly endpoint: Endpoint;
  /** What its sender is to call; null where `public_url` does not say. */
  readonly url: string | null;
  readonly counts: WebhookCounts | null;
}

/** What came of delivering something again. */
export interface Redelivered {
  /** `run`: what was only observed became a job or an event now; `retried`: what had ended badly is queued again. */
  readonly kind: 'run' | 'retried';
  readonly jobIds: readonly string[];
  readonly eventId: string | null;
}

/** What an operator asks of webhooks. */
export interface WebhookOperations {
  webhooks(): Promise<readonly WebhookView[]>;
  deliveries(filter: DeliveryFilter, page: Page): Promise<Listed<DeliverySummary>>;
  rejections(endpoint: string | null, page: Page): Promise<Listed<Rejection>>;
  /** Throws `not_found`. */
  delivery(id: string): Promise<StoredDelivery>;
  /** Runs what was only observed, or queues again what has ended badly; throws when there is nothing to do. */
  redeliver(id: string): Promise<Redelivered>;
}

/** The operations on webhooks. */
export function createWebhookOperations(
  parts: EngineParts,
  { enqueue, retry }: { readonly enqueue: Enqueue; readonly retry: (jobId: string) => Promise<unknown> },
): WebhookOperations {
  const { store, clock } = parts;

  function endpointOf(name: string): Endpoint | null {
    return parts.snapshot().webhooks.endpoints.find((one) => one.name === name) ?? null;
  }

  async function delivery(id: string): Promise<StoredDelivery> {
    const found = await store.read.delivery(id);
    if (found === null) throw new OperatorError('not_found', `no delivery "${id}"`);
    return found;
  }

  /** What was only observed becomes what its endpoint says today. */
  async function run(stored: StoredDelivery): Promise<Redelivered> {
    const endpoint = endpointOf(stored.endpoint);
    if (endpoint === null) throw notConfigured(stored, null);
    const body = parseBody(stored.format, stored.body);
    if (!body.ok) throw new OperatorError('invalid_payload', `the body of delivery ${stored.id}: ${body.message}`);
    const headers = textsOf(stored.headers);
    const work = workOf(parts, endpoint, { headers, query: textsOf(stored.query), body: body.value });
    const result = await enqueue.runDelivery(stored.id, work);
    if (result.kind !== 'run') return again(await delivery(stored.id));
    return { kind: 'run', jobIds: result.jobId === null ? [] : [result.jobId], eventId: result.eventId };
  }

  async function again(stored: StoredDelivery): Promise<Redelivered> {
    const ids = [...(stored.jobId === null ? [] : [stored.jobId]), ...(await jobsOf(stored.eventId))];
    const jobs = (await Promise.all(ids.map((id) => store.read.job(id)))).filter((job) => job !== null);
    const bad = jobs.filter(({ status }) => isTerminal(status) && status !== 'succeeded');
    if (bad.length === 0) {
      throw new OperatorError(
        'already_terminal',
        `delivery ${stored.id} has not failed: ${outcomeOf(stored, ids, jobs)}`,
      );
    }
    for (const { id } of bad) await retryFor(stored, id);
    return { kind: 'retried', jobIds: bad.map(({ id }) => id), eventId: stored.eventId };
  }

  /** The instance that is gone is half of it where the webhook, renamed or removed with it, is gone, too. */
  async function retryFor(stored: StoredDelivery, jobId: string): Promise<void> {
    try {
      await retry(jobId);
    } catch (error) {
      const gone = error instanceof OperatorError && error.code === 'unknown_instance';
      if (!gone || endpointOf(stored.endpoint) !== null) throw error;
      throw notConfigured(stored, error);
    }
  }

  /** The jobs that routes made of an event. */
  async function jobsOf(eventId: string | null): Promise<readonly string[]> {
    if (eventId === null) return [];
    const { items } = await store.read.decisions({ eventId }, { limit: 1_000, cursor: null });
    return items.flatMap(({ code, values }) => {
      const jobs = code === 'route_taken' && isJsonObject(values) ? values['jobs'] : null;
      return Array.isArray(jobs) ? jobs.filter((id): id is string => typeof id === 'string') : [];
    });
  }

  return {
    async webhooks() {
      const { endpoints, publicUrl } = parts.snapshot().webhooks;
      const counts = await store.read.webhookCounts(clock.now() - COUNTED_MS);
      return endpoints.map((endpoint) => ({
        endpoint,
        url: publicUrl === null ? null : `${publicUrl.replace(/\/$/, '')}${endpoint.path}`,
        counts: counts.find((row) => row.endpoint === endpoint.name) ?? null,
      }));
    },
    deliveries: (filter, page) => store.read.deliveries(filter, page),
    rejections: (endpoint, page) => store.read.rejections({ endpoint }, page),
    delivery,
    async redeliver(id) {
      const stored = await delivery(id);
      return stored.jobId === null && stored.eventId === null ? run(stored) : again(stored);
    },
  };
}

/** That the webhook of a delivery was renamed or removed, and the instance of its job with it if `cause` says so. */
function notConfigured({ id, endpoint }: StoredDelivery, cause: OperatorError | null): OperatorError {
  const message = `the webhook "${endpoint}" that took delivery ${id} is not configured any more`;
  const both = cause === null ? '' : ' and the instance';
  const todo = `Configure ${endpoint} under \`webhooks.endpoints\`${both} again, run \`ductile reload\`, then \`ductile webhook redeliver ${id}\``;
  const hint = `${todo}; or have its sender deliver it to the webhook that took its place.`;
  if (cause === null) return new OperatorError('not_found', message, { hint });
  return new OperatorError(cause.code, `${message}; ${cause.message}`, { hint, cause });
}

function textsOf(values: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

/** What a delivery that has not failed came to, in words. */
function outcomeOf(
  { id, eventId }: StoredDelivery,
  jobIds: readonly string[],
  jobs: readonly Pick<Job, 'id' | 'status'>[],
): string {
  if (jobs.length > 0) return jobs.map((job) => `job ${job.id} is ${job.status}`).join(', ');
  if (jobIds.length > 0) return 'retention has removed the jobs it became';
  return `no route made a job of its event ${eventId}; \`ductile explain ${id}\` tells why`;
}
