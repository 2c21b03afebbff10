import { parseInstant } from '../../domain/instant.ts';
import { JOB_STATUSES } from '../../domain/job.ts';
import type { Json } from '../../domain/json.ts';
import { span } from '../../domain/span.ts';
import { systemClock } from '../../platform/clock.ts';
import type { TraceAnswer } from '../answers.ts';
import type { Io } from '../io.ts';
import { type Paint, paintFor, toneOf } from './paint.ts';
import { relative } from './time.ts';
import { type Branches, branchesFor, type TreeNode, treeText } from './tree.ts';

type TracedJob = TraceAnswer['jobs'][number];
type TracedEvent = TraceAnswer['events'][number];
type TracedDecision = TracedEvent['decisions'][number];

/** Most lines of a kind below one line; the rest is counted. */
const MOST = 30;
/** Most characters of a value that is shown beside something else. */
const SHORT = 60;

interface Drawing {
  readonly trace: TraceAnswer;
  readonly paint: Paint;
  readonly branches: Branches;
  readonly now: number;
  readonly eventsOf: ReadonlyMap<string, readonly TracedEvent[]>;
  readonly jobsOf: ReadonlyMap<string, readonly TracedJob[]>;
}

/** A lineage as a tree: the trigger first, below each job its attempts, effects and events, below each event its routes. */
export function traceText(trace: TraceAnswer, { stdout, env }: Pick<Io, 'stdout' | 'env'>): string {
  const paint = paintFor(stdout);
  const branches = branchesFor(env);
  const ids = new Set(trace.jobs.map(({ id }) => id));
  const causes = new Set(trace.events.map(placeOf));
  const drawing: Drawing = {
    trace,
    paint,
    branches,
    now: systemClock.now(),
    eventsOf: Map.groupBy(trace.events, ({ job_id }) => job_id ?? ''),
    jobsOf: Map.groupBy(trace.jobs, (job) => causeOf(job)),
  };
  const events = trace.events.filter(({ job_id }) => job_id === null || !ids.has(job_id));
  const jobs = trace.jobs.filter((job) => !causes.has(causeOf(job)));
  const roots = [
    ...events.map((event) => ({ at: event.created_at, node: () => eventNode(event, drawing) })),
    ...jobs.map((job) => ({ at: job.created_at, node: () => jobNode(job, drawing) })),
  ];
  return [
    ...headLines(drawing),
    treeText(
      roots.map(({ node }) => node()),
      { branches, columns: stdout.columns },
    ),
    leftOut(trace, paint),
  ].join('');
}

/** An event's own id may be that of another source's event, too. */
function placeOf({ event_id, job_id }: TracedEvent): string {
  return `${job_id ?? ''} ${event_id}`;
}

function causeOf({ parent_job_id, source_event_id }: TracedJob): string {
  return `${parent_job_id ?? ''} ${source_event_id ?? '-'}`;
}

function headLines({ trace, paint, now }: Drawing): readonly string[] {
  const { trigger, totals } = trace;
  const name = trigger.name === null ? '' : ` ${trigger.name}`;
  const known = trigger.kind === 'unknown' ? 'the trigger is not kept any more' : `${trigger.kind}${name}`;
  const facts = [
    trigger.slot_at === null ? null : `slot ${trigger.slot_at}`,
    trigger.delivery_id === null ? null : `delivery ${trigger.delivery_id}`,
    trigger.at === null ? null : relative(trigger.at, now),
  ].filter((fact) => fact !== null);
  const counts = JOB_STATUSES.filter((status) => (totals.by_status[status] ?? 0) > 0).map((status) =>
    paint(toneOf(status), `${totals.by_status[status]} ${status}`),
  );
  const took =
    trace.duration_ms !== null
      ? `took ${span(trace.duration_ms)}`
      : trace.started_at === null
        ? 'no jobs'
        : 'not over yet';
  const many = totals.jobs === 1 ? '1 job' : `${totals.capped ? 'more than ' : ''}${totals.jobs} jobs`;
  const summary =
    totals.jobs === 0 ? took : `${many} (${counts.join(', ')}), ${plural(totals.attempts, 'attempt')}, ${took}`;
  return [
    `${paint('strong', known)}${facts.length === 0 ? '' : paint('dim', `  ${facts.join(', ')}`)}\n`,
    `${summary}\n\n`,
  ];
}

function jobNode(job: TracedJob, drawing: Drawing): TreeNode {
  const { paint, now } = drawing;
  const attempts = job.attempts.length === 1 && job.attempts[0]?.outcome === 'succeeded' ? [] : job.attempts;
  const took = job.completed_at === null || job.started_at === null ? null : between(job.started_at, job.completed_at);
  const due = job.status === 'queued' ? `due ${relative(job.run_at, now)}` : null;
  const [, route = null] = /^route:(.*)$/s.exec(job.submitted_by) ?? [];
  const facts = [took, due].filter((fact) => fact !== null).join(', ');
  const events = drawing.eventsOf.get(job.id) ?? [];
  return {
    text: [
      asked(job.id, drawing),
      route === null ? '' : paint('dim', `${route}: `),
      `${job.instance} ${job.command} ${paint(toneOf(job.status), job.status)}`,
    ].join(''),
    extra: facts === '' ? '' : paint('dim', ` ${facts}`),
    id: paint('dim', job.id),
    children: [
      ...(job.attempt > job.attempts.length && job.attempts.length > 0
        ? [line(paint('dim', `${plural(job.attempt - job.attempts.length, 'attempt')} before or under way`))]
        : []),
      ...attempts.map((attempt) => attemptNode(attempt, drawing)),
      ...(job.attempts.length === 0 && job.last_error !== null
        ? [line(paint('bad', `${job.last_error.code}: ${job.last_error.message}`))]
        : []),
      ...job.decisions.map(({ code, text }) => line(`${paint('dim', code)} ${text}`)),
      ...(job.replay_of === null ? [] : [{ ...line('runs again'), id: paint('dim', job.replay_of) }]),
      ...effects(job, drawing),
      ...job.replays.map((replay) => ({ ...line('was run again as'), id: paint('dim', replay) })),
      ...most(events, drawing, (event) => eventNode(event, drawing), 'event'),
    ],
  };
}

function attemptNode(attempt: TracedJob['attempts'][number], { paint }: Drawing): TreeNode {
  const error = attempt.error === null ? '' : ` ${attempt.error.code}: ${attempt.error.message}`;
  const outcome = paint(toneOf(attempt.outcome), attempt.outcome);
  return line(`#${attempt.attempt} ${outcome}${paint('dim', ` ${span(attempt.duration_ms)}`)}${error}`);
}

function effects({ attempts, result }: TracedJob, { paint }: Drawing): readonly TreeNode[] {
  const versions = attempts.flatMap(({ state_version: version }) => (version === null ? [] : [version]));
  return [
    ...versions.map((version) => line(`${paint('good', 'state')} version ${version}`)),
    ...(result === null || result.text === 'null' ? [] : [line(`${paint('good', 'result')} ${resultText(result)}`)]),
  ];
}

/** What is there of a result; of one that is all text, the text. */
function resultText({ text }: NonNullable<TracedJob['result']>): string {
  const plain = text.startsWith('"')
    ? text
        .slice(1)
        .replace(/"$/, '')
        .replace(/\\n/g, ' ')
        .replace(/\\(["\\])/g, '$1')
    : text;
  return shortened(plain.trim());
}

function eventNode(event: TracedEvent, drawing: Drawing): TreeNode {
  const { paint } = drawing;
  const jobs = drawing.jobsOf.get(placeOf(event)) ?? [];
  const taken = new Set(jobs.map(({ submitted_by }) => submitted_by));
  const told = event.decisions.filter(({ code, route }) => code !== 'route_taken' || !taken.has(`route:${route}`));
  const nothing = jobs.length === 0 && told.length === 0 ? [line(paint('dim', 'no job came of it'))] : [];
  return {
    text: `${asked(event.event_id, drawing)}${paint('busy', event.type)}`,
    extra: event.job_id === null ? paint('dim', ` from ${event.source}`) : '',
    id: paint('dim', event.event_id),
    children: [
      ...nothing,
      ...told.map((decision) => decisionNode(decision, drawing)),
      ...most(jobs, drawing, (job) => jobNode(job, drawing), 'job'),
    ],
  };
}

function decisionNode({ code, route, text, values, count }: TracedDecision, { paint }: Drawing): TreeNode {
  const often = count === 1 ? '' : paint('dim', ` (${count} times)`);
  const saw = code === 'route_taken' || isEmpty(values) ? '' : paint('dim', ` ${shortened(JSON.stringify(values))}`);
  if (route === null || !code.startsWith('route_')) return line(`${paint('dim', code)} ${text}${often}`);
  const verdict = code === 'route_taken' ? paint('good', 'taken') : paint('warn', 'not taken');
  // The name and the verdict stand in front already.
  const reason = text.replace(/^Route \S+ was (not )?taken: /, '');
  return line(`${paint('dim', `${route}:`)} ${verdict}, ${reason}${saw}${often}`);
}

function most<T>(
  items: readonly T[],
  { branches, paint }: Drawing,
  node: (item: T) => TreeNode,
  what: string,
): readonly TreeNode[] {
  const rest = items.length - MOST;
  const shown = (rest > 1 ? items.slice(0, MOST) : items).map(node);
  return rest > 1 ? [...shown, line(paint('dim', `${branches.more} ${rest} more ${what}s`))] : shown;
}

function leftOut({ jobs, totals, left_out }: TraceAnswer, paint: Paint): string {
  const missing = JOB_STATUSES.flatMap((status) => {
    const count = (totals.by_status[status] ?? 0) - jobs.filter((job) => job.status === status).length;
    return count > 0 ? [`${count} ${status}`] : [];
  });
  const lines = [
    left_out.jobs === 0 ? null : `left out: ${plural(left_out.jobs, 'job')} (${missing.join(', ')}); more with --limit`,
    left_out.events ? 'left out: some events, or what was decided about them; more with --limit' : null,
  ];
  return lines.flatMap((text) => (text === null ? [] : [`${paint('dim', text)}\n`])).join('');
}

function asked(id: string, { trace, paint }: Drawing): string {
  return trace.asked.id === id ? `${paint('strong', '->')} ` : '';
}

function line(text: string): TreeNode {
  return { text: text.replace(/\s*\n\s*/g, ' '), id: null, children: [] };
}

function shortened(text: string): string {
  return text.length <= SHORT ? text : `${text.slice(0, SHORT)}…`;
}

function isEmpty(values: Json): boolean {
  return values === null || (typeof values === 'object' && Object.keys(values).length === 0);
}

function between(start: string, end: string): string {
  return span((parseInstant(end) ?? 0) - (parseInstant(start) ?? 0));
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
