import { nearest } from '../domain/did-you-mean.ts';
import { OperatorError } from '../domain/errors.ts';
import { explainEvent } from '../domain/explain/explain-event.ts';
import { explainInstance } from '../domain/explain/explain-instance.ts';
import { explainJob } from '../domain/explain/explain-job.ts';
import { explainRoute } from '../domain/explain/explain-route.ts';
import { EXPLAINED_KINDS, type ExplainedKind, type Explanation } from '../domain/explain/explanation.ts';
import { timeoutFor } from '../domain/instance.ts';
import { type AskedTime, explainScheduleNamed } from './explain-schedule.ts';
import { explainWebhookNamed, isWebhook } from './explain-webhook.ts';
import type { Operations, QueueCounts } from './operations.ts';

/** What somebody wants explained. */
export interface ExplainRequest {
  /** An id or a name; `<kind>:<id>` says of which kind it is. */
  readonly id: string;
  readonly kind: ExplainedKind | null;
  /** The slot of a schedule that is asked about. */
  readonly at: AskedTime | null;
  /** The event that a route is asked about. */
  readonly eventId: string | null;
}

const PAGE = { limit: 100, cursor: null };

/** Explains whatever the id means; throws OperatorError `not_found`, or `usage` when it may mean several things. */
export async function explain(operations: Operations, request: ExplainRequest): Promise<Explanation> {
  const { kind, id } = await meant(operations, request);
  if (request.at !== null && kind !== 'schedule') throw usage('only a schedule is asked about a time', kind);
  if (request.eventId !== null && kind !== 'route') throw usage('only a route is asked about an event', kind);
  switch (kind) {
    case 'job':
      return explainJobOf(operations, id);
    case 'event':
      return explainEvent(await operations.event(id));
    case 'instance':
      return explainInstanceNamed(operations, id);
    case 'schedule':
      return explainScheduleNamed(operations, { name: id, asked: request.at });
    case 'route': {
      const route = operations.snapshot().routes.find(({ name }) => name === id);
      if (route === undefined) throw new OperatorError('not_found', `no route "${id}" is configured`);
      const { eventId } = request;
      const event = eventId === null ? null : (await operations.event(eventId)).event;
      const filter = { route: id, ...(eventId === null ? {} : { eventId }) };
      return explainRoute({ route, event, decisions: (await operations.decisions(filter, PAGE)).items });
    }
    case 'webhook':
      return explainWebhookNamed(operations, id);
    default:
      return kind satisfies never;
  }
}

function usage(message: string, kind: ExplainedKind): OperatorError {
  return new OperatorError(
    'usage',
    `${message}; this is ${kind === 'event' || kind === 'instance' ? 'an' : 'a'} ${kind}`,
    {
      hint: 'see `ductile explain --help`',
    },
  );
}

/** What an id stands for: what was said of it, else everything that bears it. */
async function meant(
  operations: Operations,
  { id: given, kind: said }: ExplainRequest,
): Promise<{ readonly kind: ExplainedKind; readonly id: string }> {
  const prefix = EXPLAINED_KINDS.find((kind) => given.startsWith(`${kind}:`)) ?? null;
  const { instances, schedules, routes, webhooks } = operations.snapshot();
  const kinds = async (id: string): Promise<readonly ExplainedKind[]> => {
    const { job, event } = await operations.knows(id);
    const instance =
      instances.has(id) || (await remembers(operations, { instance: id })) || (await ran(operations, id));
    const schedule =
      schedules.some((one) => `${one.instance}/${one.id}` === id) || (await remembers(operations, { schedule: id }));
    const webhook = await isWebhook(operations, id);
    const found = { job, event, schedule, instance, route: routes.some(({ name }) => name === id), webhook };
    return EXPLAINED_KINDS.filter((kind) => found[kind]);
  };
  const all = await kinds(given);
  // An event's own id may have a colon.
  const byPrefix = said === null && prefix !== null && all.length === 0;
  const id = byPrefix ? given.slice(prefix.length + 1) : given;
  const wanted = byPrefix ? prefix : said;
  const found = (byPrefix ? await kinds(id) : all).filter((kind) => wanted === null || kind === wanted);
  const [kind] = found;
  if (kind !== undefined && found.length === 1) return { kind, id };
  if (found.length > 1) {
    throw new OperatorError('usage', `"${id}" is the name of several things: ${found.join(', ')}`, {
      hint: `say which one: \`ductile explain ${kind}:${id}\`, or --kind ${kind}`,
    });
  }
  const names = [
    ...instances.keys(),
    ...routes.map(({ name }) => name),
    ...schedules.map((s) => `${s.instance}/${s.id}`),
    ...webhooks.endpoints.map(({ name }) => name),
  ];
  const near = nearest(id, names);
  const what = wanted ?? 'job, event, schedule, instance, route, webhook or delivery';
  throw new OperatorError('not_found', `no ${what} "${id}" is known, or retention has removed it`, {
    hint:
      near === null ? 'See `ductile status`, `ductile job list` and `ductile event list`.' : `did you mean "${near}"?`,
  });
}

async function remembers(
  operations: Operations,
  filter: { readonly instance: string } | { readonly schedule: string },
): Promise<boolean> {
  return (await operations.decisions(filter, { limit: 1, cursor: null })).items.length > 0;
}

/** Whether there is a job of an instance, be it configured or not. */
async function ran(operations: Operations, instance: string): Promise<boolean> {
  const filter = { status: null, instance, since: null };
  return (await operations.jobs(filter, { limit: 1, cursor: null })).items.length > 0;
}

async function explainJobOf(operations: Operations, id: string): Promise<Explanation> {
  const { job, attempts, decisions, held } = await operations.job(id);
  const [status, own, resumed] = await Promise.all([
    operations.status(),
    operations.decisions({ instance: job.instance }, PAGE),
    operations.decisions({ collapseKey: 'gateway_resumed' }, PAGE),
  ]);
  const instance = operations.snapshot().instances.get(job.instance);
  const running = job.status === 'running' && job.startedAt !== null && instance !== undefined;
  return explainJob({
    job,
    attempts,
    decisions,
    around: [...resumed.items, ...own.items],
    hold: held,
    configured: instance !== undefined,
    gateway: {
      running: status.running,
      pausedAt: status.pausedAt,
      slots: status.slots,
      busy: countOf(status.counts, 'running'),
      storage: status.storage.message,
    },
    deadlineAt: running ? (job.startedAt ?? 0) + timeoutFor(instance, job.command, job.timeoutMs) : null,
    now: operations.now(),
  });
}

async function explainInstanceNamed(operations: Operations, name: string): Promise<Explanation> {
  const [status, decisions, jobs] = await Promise.all([
    operations.status(),
    operations.decisions({ instance: name }, PAGE),
    operations.jobs({ status: null, instance: name, since: null }, PAGE),
  ]);
  const view = status.instances.find(({ instance }) => instance.name === name);
  return explainInstance({
    name,
    configured: view === undefined ? null : view.instance,
    running: status.running,
    gatewayPausedAt: status.pausedAt,
    pausedAt: view?.standing?.pausedAt ?? null,
    unhealthyAt: view?.standing?.unhealthyAt ?? null,
    initJobId: view?.standing?.initJobId ?? null,
    hold: view?.held ?? null,
    breakers: view?.breakers ?? [],
    queued: countOf(view?.counts ?? [], 'queued'),
    retrying: view?.retrying ?? null,
    tried: jobs.items.find(({ attempt, status }) => attempt > 0 && status !== 'running') ?? null,
    decisions: decisions.items,
  });
}

function countOf(counts: readonly QueueCounts[], status: QueueCounts['status']): number {
  return counts.filter((row) => row.status === status).reduce((sum, { count }) => sum + count, 0);
}
