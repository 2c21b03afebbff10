import { OperatorError } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import type { JsonObject } from '../domain/json.ts';
import { systemClock } from '../platform/clock.ts';
import type { BulkAnswer } from './answers.ts';
import type { Session } from './command.ts';
import { confirmed } from './confirm.ts';
import type { Connection } from './connect.ts';
import { sayNoGateway } from './no-gateway.ts';
import { bulkText } from './output/bulk-text.ts';
import { createProgress } from './output/progress.ts';
import { sinceOf } from './since.ts';

/** Most jobs that one request names or changes. */
const MOST_JOBS = 1_000;
/** A question counts no further. */
const MOST_COUNTED = 10_000;

/** Options that select jobs, and say how to go about them. */
export interface BulkOptions {
  readonly all?: true;
  readonly status?: string;
  readonly instance?: string;
  readonly command?: string;
  readonly since?: string;
  readonly until?: string;
  readonly errorCode?: string;
  readonly fingerprint?: string;
  readonly rate?: string;
  readonly dryRun?: true;
  readonly yes?: true;
}

/** The flags of `BulkOptions` with their help. */
export const BULK_OPTIONS = {
  instance: ['--instance <name>', 'those of one instance'],
  command: ['--command <name>', 'those of one command'],
  since: ['--since <time>', 'created after: a duration back from now (6h) or an RFC 3339 instant'],
  until: ['--until <time>', 'created before, likewise'],
  errorCode: ['--error-code <code>', 'those whose last error has the code'],
  fingerprint: ['--fingerprint <fingerprint>', 'those of one group of `ductile dead list`'],
  rate: ['--rate <count/duration>', 'due one after the other, evenly, such as 10/1m; lasts beyond a restart'],
  dryRun: ['--dry-run', 'only say which jobs it would be'],
} as const;

type Action = BulkAnswer['action'];

const VERBS: { readonly [A in Action]: { readonly will: string; readonly did: string } } = {
  cancel: { will: 'Cancel', did: 'cancelled' },
  retry: { will: 'Retry', did: 'retried' },
  replay: { will: 'Replay', did: 'replayed' },
};

/** True when the options select jobs. */
export function selects({ rate: _rate, dryRun: _dryRun, yes: _yes, ...filter }: BulkOptions): boolean {
  return Object.values(filterOf(filter)).some((value) => value !== undefined);
}

/**
 * Does something to many jobs: those that are named, or what the options select, after asking. Shows what became of
 * them; exit code 1 when some could not be changed, or when the answer was no.
 */
export async function runBulk(
  session: Session,
  { action, ids, options }: { readonly action: Action; readonly ids: readonly string[]; readonly options: BulkOptions },
): Promise<number> {
  const named = ids.length > 0;
  if (named === selects(options)) {
    throw new OperatorError(
      'usage',
      named ? 'jobs are named and selected by options' : 'no jobs are named or selected',
      {
        hint: 'Name jobs by their ids, or select them by options; --all means all of them.',
      },
    );
  }
  const rate = options.rate === undefined ? null : rateOf(options.rate);
  const dryRun = options.dryRun ?? false;
  return session.withGateway(dryRun ? 'read' : 'write', async (connection) => {
    const ask = (wanted: Wanted): Promise<BulkAnswer> => inRounds(session, connection, { action, rate, ...wanted });
    const requests = named ? chunksOf(ids).map((chunk) => ({ ids: chunk })) : [selectionOf(options)];
    if (!named && !dryRun) {
      const counted = await ask({ requests, dryRun: true, atMost: MOST_COUNTED });
      if (counted.done > 0) {
        const question = questionOf(action, counted, options);
        if (!(await confirmed(session, { yes: options.yes, question }))) return 1;
      }
    }
    const answer = await ask({ requests, dryRun, atMost: Number.POSITIVE_INFINITY });
    session.show(answer, (shown) => bulkText(shown, { did: VERBS[action].did, sink: session.io.stdout }));
    if (connection.dormant !== null && !dryRun && answer.done > 0 && action !== 'cancel') sayNoGateway(session);
    return answer.failed > 0 ? 1 : 0;
  });
}

interface Wanted {
  readonly requests: readonly JsonObject[];
  readonly dryRun: boolean;
  readonly atMost: number;
}

/** Asks request after request until everything is done, or so many jobs were; gives the answers as one. */
async function inRounds(
  session: Session,
  { request }: Connection,
  { action, rate, requests, dryRun, atMost }: Wanted & { readonly action: Action; readonly rate: Rate | null },
): Promise<BulkAnswer> {
  const progress = createProgress(session.io.stderr);
  const rounds: BulkAnswer[] = [];
  let jobs = 0;
  try {
    for (const filter of requests) {
      for (let cursor: string | null = null; ; ) {
        const last: BulkAnswer | undefined = rounds.at(-1);
        const from = last?.next_run_at ?? null;
        const answer: BulkAnswer = await request<BulkAnswer>('POST', '/api/v1/jobs/bulk', {
          ...{ action, filter, dry_run: dryRun, limit: MOST_JOBS, cursor },
          ...(last === undefined ? {} : { as_of: last.as_of }),
          ...(rate === null ? {} : { rate: { ...rate, ...(from === null ? {} : { from }) } }),
        });
        rounds.push(answer);
        jobs += answer.jobs.length;
        cursor = answer.next_cursor;
        if (cursor === null || jobs >= atMost) break;
        progress.say(`${jobs} jobs …`);
      }
    }
  } finally {
    progress.end();
  }
  return merged(rounds);
}

function merged(rounds: readonly BulkAnswer[]): BulkAnswer {
  const [first] = rounds;
  const last = rounds.at(-1);
  if (first === undefined || last === undefined) throw new Error('nothing was asked for');
  return {
    ...first,
    done: rounds.reduce((sum, { done }) => sum + done, 0),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
    jobs: rounds.flatMap(({ jobs }) => jobs),
    next_cursor: last.next_cursor,
    next_run_at: last.next_run_at,
  };
}

function questionOf(action: Action, { done, next_cursor: more }: BulkAnswer, options: BulkOptions): string {
  const chosen = Object.entries(filterOf(options)).flatMap(([name, value]) =>
    typeof value === 'string' ? [`${name.replace('_', ' ')} ${value}`] : [],
  );
  const which = chosen.length === 0 ? '' : ` (${chosen.join(', ')})`;
  const many = more === null ? String(done) : `${done} or more`;
  const pace = options.rate === undefined ? '' : ` at ${options.rate}`;
  return `${VERBS[action].will} ${many} ${done === 1 ? 'job' : 'jobs'}${which}${pace}?`;
}

function filterOf(options: BulkOptions) {
  return {
    all: options.all,
    status: options.status,
    instance: options.instance,
    command: options.command,
    since: options.since,
    until: options.until,
    error_code: options.errorCode,
    fingerprint: options.fingerprint,
  };
}

function selectionOf(options: BulkOptions): JsonObject {
  const { since, until } = options;
  const now = systemClock.now();
  const filter = {
    ...filterOf(options),
    since: since === undefined ? undefined : formatInstant(sinceOf(since, now)),
    until: until === undefined ? undefined : formatInstant(sinceOf(until, now, '--until')),
  };
  return Object.fromEntries(
    Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

interface Rate {
  readonly count: number;
  readonly per: string;
}

function rateOf(text: string): Rate {
  const [, count, per] = /^(\d{1,6})\/(\d+(?:ms|s|m|h|d))$/.exec(text) ?? [];
  if (count !== undefined && per !== undefined && Number(count) > 0) return { count: Number(count), per };
  throw new OperatorError('usage', `--rate "${text}" is not a number of jobs per duration`, { hint: 'write 10/1m' });
}

function chunksOf(ids: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / MOST_JOBS) }, (_, index) =>
    ids.slice(index * MOST_JOBS, (index + 1) * MOST_JOBS),
  );
}
