import { isTerminal, type Job, type JobError } from '../job.ts';
import type { AttemptRecord } from '../settlement.ts';
import { span } from '../span.ts';
import { adviceOn } from './advice.ts';
import {
  type Because,
  clock,
  distinct,
  type Explanation,
  errorText,
  fact,
  NO_GATEWAY,
  type Recorded,
  recorded,
  type Upcoming,
} from './explanation.ts';

/** What keeps a due job from starting. */
export interface Hold {
  readonly reason: 'paused' | 'unhealthy' | 'cap' | 'rate' | 'suspect_runs' | 'suspect_waits';
  /** When it may pass by itself; null: nobody knows. */
  readonly until: number | null;
}

/** What is known about a job and what is around it. */
export interface JobFacts {
  readonly job: Job;
  readonly attempts: readonly AttemptRecord[];
  /** About the job, and what holds it now; newest first. */
  readonly decisions: readonly Recorded[];
  /** Recorded about its instance and the whole gateway; newest first. */
  readonly around: readonly Recorded[];
  readonly hold: Hold | null;
  /** Whether its instance is configured. */
  readonly configured: boolean;
  readonly gateway: {
    readonly running: boolean;
    readonly pausedAt: number | null;
    readonly slots: number;
    readonly busy: number;
    /** What the storage complains of; null: nothing. */
    readonly storage: string | null;
  };
  /** When the running attempt is ended; null: nothing runs, or the instance is gone. */
  readonly deadlineAt: number | null;
  readonly now: number;
}

/** A start this much after a job was due is worth a word, in milliseconds. */
const LATE_MS = 1_000;
/** Holds are recorded once a minute. */
const HOLD_STEP_MS = 60_000;
/** What may have kept a job that started late. */
const HOLDS = ['held_cap', 'held_rate', 'suspect_runs'];
const RELEASES = ['instance_resumed', 'gateway_resumed', 'instance_healthy'];

/** Where a job stands, why, and what comes next. */
export function explainJob(facts: JobFacts): Explanation {
  const { job, decisions } = facts;
  const name = `${job.instance} ${job.command}`;
  const about = decisions.map(recorded).toReversed();
  const advice = decisions.map((decision) => adviceOn({ ...decision, instance: decision.instance ?? job.instance }));
  const { summary, because, next, todo } = story(facts, name);
  const late = lateness(facts);
  return {
    kind: 'job',
    id: job.id,
    summary: `${summary}${late.text}`,
    because: [...because, ...late.because, ...about],
    next,
    todo: isTerminal(job.status) ? todo : distinct([...todo, ...(job.status === 'queued' ? advice : [])]),
  };
}

type Story = Pick<Explanation, 'summary' | 'because' | 'next' | 'todo'>;

function story(facts: JobFacts, name: string): Story {
  const { job, now, deadlineAt } = facts;
  const show = `\`ductile job show ${job.id}\` has its output.`;
  const nothing = { because: [], next: null, todo: [] };
  switch (job.status) {
    case 'queued':
      return job.runAt > now ? delayed(facts, name) : due(facts, name);
    case 'running': {
      const since = job.startedAt ?? now;
      const next: Upcoming = { at: deadlineAt, text: 'it is ended if it has not ended by itself' };
      return {
        summary: `${name} is running for ${span(Math.max(now - since, 0))}: attempt ${job.attempt}.`,
        because: [],
        next: deadlineAt === null ? null : next,
        todo: [`\`ductile job cancel ${job.id}\` ends it.`],
      };
    }
    case 'succeeded':
      return {
        ...nothing,
        summary: `${name} succeeded at ${clock(job.completedAt ?? now)}, on attempt ${job.attempt}.`,
      };
    case 'cancelled':
      return {
        ...nothing,
        summary: `${name} was cancelled at ${clock(job.completedAt ?? now)}, so it does not run again.`,
        todo: [`\`ductile job retry ${job.id}\` puts it back on the queue.`],
      };
    case 'failed':
      return {
        summary: `${name} failed and is not tried again, because another try would not change it: ${said(job.lastError)}.`,
        because: errorOf(job),
        next: null,
        todo: [mend(facts), `Then \`ductile job retry ${job.id}\` runs it again.`, show],
      };
    case 'dead':
      return {
        summary: `${name} gave up after ${job.attempt} ${job.attempt === 1 ? 'attempt' : 'attempts'}: ${said(job.lastError)}.`,
        because: errorOf(job),
        next: null,
        todo: [mend(facts), `Then \`ductile job retry ${job.id}\` runs it again.`, show],
      };
    /* node:coverage ignore next 2 */
    default:
      return job.status satisfies never;
  }
}

function delayed({ job, attempts, gateway, now }: JobFacts, name: string): Story {
  const last = attempts.at(-1);
  const wait = span(job.runAt - now);
  const stopped = gateway.running ? [] : [NO_GATEWAY];
  const then = gateway.running ? '' : ', once a gateway runs';
  const start = gateway.running ? [] : ['Start the gateway: `ductile start`.'];
  const retry = `\`ductile job retry ${job.id}\` makes it due now.`;
  if (last === undefined || last.error === null) {
    return {
      summary: `${name} is delayed: it is not due for another ${wait}.`,
      because: [
        fact('delayed', `it was asked for at ${clock(job.createdAt)}, to run at ${clock(job.runAt)}`),
        ...stopped,
      ],
      next: { at: job.runAt, text: `it starts${then}` },
      todo: [...start, retry],
    };
  }
  return {
    summary: `${name} waits for its next attempt in ${wait}, because attempt ${last.attempt} ended ${last.outcome}: ${said(last.error)}.`,
    because: [
      {
        code: last.error.code,
        at: last.endedAt,
        count: 1,
        text: last.error.message,
        values: { attempts_used: job.attemptsUsed, max_attempts: job.maxAttempts },
      },
      ...stopped,
    ],
    next: {
      at: job.runAt,
      text: `attempt ${job.attempt + 1} starts${then}; ${job.attemptsUsed} of ${job.maxAttempts} are used`,
    },
    todo: [...start, retry, `\`ductile job show ${job.id}\` has the output of each attempt.`],
  };
}

function due({ job, hold, gateway }: JobFacts, name: string): Story {
  const waits = (why: string): string => `${name} has not started, because ${why}.`;
  const start = ['Start the gateway: `ductile start`.'];
  const stopped = gateway.running ? [] : [NO_GATEWAY];
  if (hold !== null) {
    const { why, next, todo } = heldStory(hold, { job, pausedAt: gateway.pausedAt });
    return {
      summary: waits(gateway.running ? why : `${why}, and no gateway runs`),
      because: [fact(`held_${hold.reason}`, why), ...stopped],
      next: { at: hold.until, text: next },
      todo: gateway.running ? todo : [...todo, ...start],
    };
  }
  if (!gateway.running) {
    const next = { at: null, text: 'it starts when a gateway runs' };
    return { summary: waits('no gateway runs'), because: stopped, next, todo: start };
  }
  if (gateway.storage !== null) {
    return {
      summary: waits('the storage refuses to write'),
      because: [fact('storage_unavailable', gateway.storage)],
      next: { at: null, text: 'it starts when the storage takes writes again' },
      todo: ['Make room on the disk, or mend it; the gateway goes on by itself.'],
    };
  }
  if (gateway.busy >= gateway.slots) {
    const why = `all ${gateway.slots} slots of the gateway are taken`;
    return {
      summary: waits(why),
      because: [fact('slots_taken', why, { slots: gateway.slots, running: gateway.busy })],
      next: { at: null, text: 'it starts when one becomes free and no job goes before it' },
      todo: ['See what runs: `ductile job list --status running`; or raise `service.concurrency`.'],
    };
  }
  return {
    summary: `${name} is due and about to start.`,
    because: [],
    next: { at: null, text: 'it starts' },
    todo: [],
  };
}

function heldStory({ reason }: Hold, { job, pausedAt }: { readonly job: Job; readonly pausedAt: number | null }) {
  const { instance } = job;
  switch (reason) {
    case 'paused': {
      const whole = pausedAt !== null;
      return {
        why: whole ? `the whole gateway is paused since ${clock(pausedAt)}` : `the instance ${instance} is paused`,
        next: 'it starts when somebody resumes it',
        todo: [whole ? '`ductile resume` lets the gateway go on.' : `\`ductile resume ${instance}\` lets it go on.`],
      };
    }
    case 'unhealthy':
      return {
        why: `the init of ${instance} has not succeeded`,
        next: 'it starts when init has succeeded; init is tried again within the hour',
        todo: [],
      };
    case 'cap':
      return {
        why: `as many jobs of ${instance} run as its concurrency allows`,
        next: 'it starts when one of them has ended',
        todo: [
          `See what runs: \`ductile job list --status running --instance ${instance}\`.`,
          `Raise plugins.${instance}.concurrency if its plugin may run more often at a time.`,
        ],
      };
    case 'rate':
      return {
        why: `the rate limit of ${instance} is used up`,
        next: 'the limit allows the next start',
        todo: [`Raise plugins.${instance}.rate_limit if the other side allows more.`],
      };
    case 'suspect_runs':
      return {
        why: 'a job that may have ended the gateway runs alone',
        next: 'it starts when that job has ended',
        todo: ['See it with `ductile job list --status running`.'],
      };
    case 'suspect_waits':
      return {
        why: 'it was running when the gateway ended twice in a row, so it runs alone, after the others',
        next: 'it starts when nothing else runs or is due',
        todo: [`\`ductile job retry ${job.id}\` clears it.`],
      };
    /* node:coverage ignore next 2 */
    default:
      return reason satisfies never;
  }
}

/** Why the latest attempt began well after the job was due. */
function lateness({ job, around }: JobFacts): { readonly text: string; readonly because: readonly Because[] } {
  const { startedAt, runAt } = job;
  // Only the first attempt's due time is still known.
  if (startedAt === null || job.attempt !== 1 || startedAt - runAt < LATE_MS) return { text: '', because: [] };
  const because = around.filter(({ code, firstAt, lastAt, jobId }) => {
    if (HOLDS.includes(code)) return jobId !== job.id && lastAt >= runAt - HOLD_STEP_MS && firstAt <= startedAt;
    return RELEASES.includes(code) && lastAt >= runAt && lastAt <= startedAt + LATE_MS;
  });
  return { text: ` It started ${span(startedAt - runAt)} after it was due.`, because: because.map(recorded) };
}

function errorOf({ lastError, completedAt }: Job): readonly Because[] {
  if (lastError === null) return [];
  return [{ code: lastError.code, at: completedAt, count: 1, text: lastError.message, values: null }];
}

function said(error: JobError | null): string {
  return error === null ? 'no error was kept' : errorText(error);
}

const MEND: Readonly<Record<string, (instance: string) => string>> = {
  plugin_untrusted: () =>
    'See what changed with `ductile plugin verify`; if the change is yours, `ductile plugin lock` records it; else mend owner and permissions.',
  plugin_missing: (instance) => `Configure ${instance} again, or put its plugin back, and run \`ductile reload\`.`,
  invalid_input: () => 'Send a payload that satisfies the input schema of the command.',
  unknown_command: (instance) => `See its commands with \`ductile plugin show ${instance}\`.`,
  instance_unhealthy: (instance) => `Mend what its init complains of, then \`ductile instance reset ${instance}\`.`,
  outcome_unknown: () => 'Find out whether it had its effect: the command must not run twice by itself.',
  poison: () => 'It ended the gateway each time it ran: mend its plugin or give it limits first.',
  timed_out: (instance) => `See where it hangs, or raise its time limit under plugins.${instance}.timeouts.`,
};

function mend({ job: { lastError, instance }, configured }: JobFacts): string {
  const code = lastError?.code ?? '';
  // What is missing may be the plugin, and the instance with it.
  if (!configured && code !== 'plugin_missing') {
    return `Configure ${instance} again and run \`ductile reload\`: nothing can run it as it is.`;
  }
  return MEND[code]?.(instance) ?? 'Mend what it complains of.';
}
