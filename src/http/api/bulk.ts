import { z } from 'zod';
import { OperatorError } from '../../domain/errors.ts';
import { JOB_STATUSES, type JobStatus } from '../../domain/job.ts';
import { parseDuration } from '../../domain/units.ts';
import { BULK_ACTIONS, type BulkAction, type BulkRequest } from '../../engine/bulk.ts';
import type { JobSelection } from '../../engine/desk-operations.ts';
import type { Operations } from '../../engine/operations.ts';
import type { Caller } from './caller.ts';
import { bulkAnswer } from './desk-schema.ts';
import { bulkView } from './desk-view.ts';
import { instantField } from './fields.ts';
import { checkInstance, instanceFor, NOTHING, type Route, route } from './route.ts';

/** Most jobs of one request. */
const MOST_JOBS = 1_000;

/** What each action is about when no status is asked for, and what it may be about. */
const STATUSES: {
  readonly [A in BulkAction]: { readonly usual: readonly JobStatus[]; readonly other: readonly JobStatus[] };
} = {
  cancel: { usual: ['queued', 'running'], other: [] },
  retry: { usual: ['failed', 'dead'], other: ['cancelled', 'queued'] },
  replay: { usual: ['failed', 'dead'], other: ['cancelled', 'succeeded'] },
};

const name = z.string().min(1).max(200).optional();

const filter = z.strictObject({
  all: z.literal(true).optional(),
  status: z.enum(JOB_STATUSES).optional(),
  instance: name,
  command: name,
  since: instantField.optional(),
  until: instantField.optional(),
  error_code: name,
  fingerprint: name,
  ids: z.array(z.string().min(1).max(200)).min(1).max(MOST_JOBS).optional(),
});

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null && ms > 0) return ms;
  context.addIssue({ code: 'custom', message: `"${text}" is not a duration such as 30s, 1m or 1h` });
  return z.NEVER;
});

const request = z.strictObject({
  action: z.enum(BULK_ACTIONS),
  filter,
  dry_run: z.boolean().default(false),
  limit: z.int().min(1).max(MOST_JOBS).default(MOST_JOBS),
  rate: z
    .strictObject({ count: z.int().min(1).max(1_000_000), per: duration, from: instantField.optional() })
    .optional(),
  as_of: instantField.optional(),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be the next_cursor of the request before')
    .transform(Number)
    .nullable()
    .default(null),
});

type Filter = z.output<typeof filter>;

const change = route({
  method: 'POST',
  path: '/jobs/bulk',
  scope: 'operate',
  reach: 'limited',
  summary: 'Cancels, retries or replays many jobs, named or selected by a filter, at once or at a rate.',
  tag: 'jobs',
  params: NOTHING,
  query: NOTHING,
  body: request,
  answers: { 200: { means: 'What became of each job, and where to go on.', schema: bulkAnswer } },
  errors: ['not_found', 'draining', 'queue_full'],
  takesKey: true,
  async handle({ body }, { operations, caller }) {
    const { action, limit, dry_run: dryRun, cursor, rate } = body;
    const now = operations.now();
    const asOf = body.as_of ?? now;
    if (rate !== undefined && action === 'cancel') {
      throw new OperatorError('usage', 'rate: what is cancelled ends at once', { hint: 'Leave `rate` out.' });
    }
    const jobs = await jobsOf(body.filter, { action, caller, operations, asOf, after: cursor ?? 0 });
    const pace =
      rate === undefined ? null : { count: rate.count, perMs: rate.per, from: Math.max(rate.from ?? now, now) };
    const by = caller.submittedBy;
    const result = await operations.bulk({ action, jobs, limit, dryRun, rate: pace, by });
    return { status: 200, body: bulkView(result, { action, dryRun, asOf }) };
  },
});

interface Asked {
  readonly action: BulkAction;
  readonly caller: Caller;
  readonly operations: Operations;
  readonly asOf: number;
  readonly after: number;
}

async function jobsOf({ ids, all, ...wanted }: Filter, asked: Asked): Promise<BulkRequest['jobs']> {
  const { caller, operations } = asked;
  const given = Object.values(wanted).filter((value) => value !== undefined).length;
  if (ids !== undefined) {
    if (given > 0 || all === true)
      throw new OperatorError('usage', 'filter.ids: names the jobs, so nothing else goes with it');
    if (caller.instances !== null) {
      for (const id of ids) checkInstance(caller, await operations.instanceOf(id));
    }
    return { kind: 'named', ids };
  }
  if (given === 0 && all !== true) {
    throw new OperatorError('usage', 'filter: selects nothing', {
      hint: 'Name at least one field, or say `"all": true`.',
    });
  }
  return { kind: 'selected', selection: selectionOf(wanted, asked), after: asked.after };
}

function selectionOf(wanted: Omit<Filter, 'ids' | 'all'>, { action, caller, asOf }: Asked): JobSelection {
  const { usual, other } = STATUSES[action];
  const { status, fingerprint = null } = wanted;
  if (status !== undefined && ![...usual, ...other].includes(status)) {
    throw new OperatorError('usage', `filter.status: a ${status} job is nothing to ${action}`, {
      hint: `It may be ${[...usual, ...other].join(', ')}.`,
    });
  }
  const statuses = status === undefined ? usual : [status];
  return {
    statuses,
    instance: instanceFor(caller, wanted.instance ?? null),
    command: wanted.command ?? null,
    since: wanted.since ?? null,
    until: wanted.until ?? null,
    errorCode: wanted.error_code ?? null,
    // A dead letter that was replayed has its successor.
    onDesk: statuses.every((one) => one === 'failed' || one === 'dead'),
    fingerprint,
    asOf,
  };
}

/** `/jobs/bulk`. */
export const BULK_ROUTES: readonly Route[] = [change];
