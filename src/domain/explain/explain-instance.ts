import type { Breaker } from '../breaker.ts';
import type { BreakerPolicy } from '../instance.ts';
import type { Job } from '../job.ts';
import { adviceOn } from './advice.ts';
import type { Hold } from './explain-job.ts';
import { clock, distinct, type Explanation, errorText, NO_GATEWAY, type Recorded, recorded } from './explanation.ts';
import { missedNow } from './missed.ts';

/** What is known about an instance. */
export interface InstanceFacts {
  readonly name: string;
  /** Null: it is not configured. */
  readonly configured: { readonly enabled: boolean; readonly breaker: BreakerPolicy } | null;
  readonly running: boolean;
  readonly gatewayPausedAt: number | null;
  readonly pausedAt: number | null;
  readonly unhealthyAt: number | null;
  readonly initJobId: string | null;
  readonly hold: Hold | null;
  readonly breakers: readonly (Breaker & { readonly command: string })[];
  readonly queued: number;
  /** Those of the queued ones that failed and wait for their next try, and when the first is tried; null: not known. */
  readonly retrying: { readonly count: number; readonly nextAt: number | null; readonly capped: boolean } | null;
  /** The newest of its jobs that was tried; null: none was. */
  readonly tried: Pick<Job, 'id' | 'lastError'> | null;
  /** About the instance; newest first. */
  readonly decisions: readonly Recorded[];
}

/** Whether the jobs of an instance run, and if not, why. */
export function explainInstance(facts: InstanceFacts): Explanation {
  const { name, decisions } = facts;
  const { why, next = null, todo = [] } = standing(facts);
  const missed = missedNow(decisions);
  return {
    kind: 'instance',
    id: name,
    summary: `${why}${waiting(facts)}${missed.text}`,
    because: [...(facts.running ? [] : [NO_GATEWAY]), ...decisions.slice(0, 10).map(recorded)],
    next,
    todo: distinct([...todo, ...missed.todo]),
  };
}

/** What is queued; that all of it failed before is no backlog of something slow. */
function waiting({ queued, retrying }: InstanceFacts): string {
  const count = Math.min(retrying?.count ?? 0, queued);
  if (queued === 0) return '';
  const tried = 'failed and wait for their next try';
  if (queued === 1)
    return count === 1 ? ' 1 job is queued; it failed and waits for its next try.' : ' 1 job is queued.';
  const jobs = `${queued} jobs are queued`;
  if (count === 0) return ` ${jobs}.`;
  if (count === queued) return ` ${jobs}; all of them ${tried}.`;
  if (retrying?.capped === true) return ` ${jobs}; at least ${count} of them ${tried}.`;
  return ` ${jobs}; ${count === 1 ? '1 of them failed and waits for its next try' : `${count} of them ${tried}`}.`;
}

/** When the first of those that failed is tried again. */
function nextTry({ queued, retrying }: InstanceFacts): Explanation['next'] {
  const at = retrying?.nextAt ?? null;
  return at === null || queued === 0 ? null : { at, text: 'the first of those that failed is tried again' };
}

interface Standing {
  readonly why: string;
  readonly next?: Explanation['next'];
  readonly todo?: readonly (string | null)[];
}

function standing(facts: InstanceFacts): Standing {
  const { name, configured, running, hold } = facts;
  const about = { instance: name, schedule: null, route: null, jobId: null, values: null };
  if (configured === null) {
    return {
      why: `${name} is not configured any more, so nothing new of it runs.`,
      todo: [adviceOn({ ...about, code: 'instance_removed' })],
    };
  }
  if (facts.gatewayPausedAt !== null) {
    return {
      why: `${name} runs nothing, because the whole gateway is paused since ${clock(facts.gatewayPausedAt)}.`,
      todo: [adviceOn({ ...about, code: 'gateway_paused' })],
    };
  }
  if (facts.pausedAt !== null) {
    return {
      why: `${name} runs nothing, because it is paused since ${clock(facts.pausedAt)}.`,
      todo: [adviceOn({ ...about, code: 'instance_paused' })],
    };
  }
  if (!configured.enabled) {
    return {
      why: `${name} takes nothing new, because it is disabled.`,
      todo: [adviceOn({ ...about, code: 'slot_disabled' })],
    };
  }
  if (!running)
    return { why: `${name} runs nothing, because no gateway runs.`, todo: ['Start the gateway: `ductile start`.'] };
  if (facts.unhealthyAt !== null) {
    const init = facts.initJobId;
    return {
      why: `${name} runs nothing but its init, which has not succeeded since ${clock(facts.unhealthyAt)}.`,
      next: { at: null, text: 'init is tried again within the hour' },
      todo: [
        init === null ? null : `See why: \`ductile explain ${init}\`.`,
        `Then \`ductile instance reset ${name}\` runs init now.`,
      ],
    };
  }
  const open = facts.breakers.find(({ state }) => state !== 'closed');
  if (open !== undefined) return breakerStory(facts, open, configured.breaker);
  if (hold === null) return ready(facts);
  const reason = HOLDS[hold.reason];
  const code = hold.reason === 'rate' ? 'held_rate' : 'held_cap';
  const limited = hold.reason === 'rate' || hold.reason === 'cap';
  return {
    why: `Due jobs of ${name} wait, because ${reason}.`,
    next: { at: hold.until, text: 'the next of them may start' },
    todo: limited ? [adviceOn({ ...about, code })] : ['See what runs: `ductile job list --status running`.'],
  };
}

/** That jobs may run is half the answer where they fail. */
function ready(facts: InstanceFacts): Standing {
  const { name, tried } = facts;
  const next = nextTry(facts);
  const why = `${name} is ready: nothing keeps its jobs from running.`;
  const error = tried?.lastError ?? null;
  if (tried === null || error === null) return { why, next };
  return {
    why: `${why} The newest job that was tried did not succeed: ${errorText(error)}.`,
    next,
    todo: [`See that job: \`ductile explain ${tried.id}\`.`],
  };
}

function breakerStory(
  { name }: InstanceFacts,
  { command, state, failures, openedAt, probeJobId }: InstanceFacts['breakers'][number],
  policy: BreakerPolicy,
): Standing {
  const advice = adviceOn({
    code: 'slot_breaker_open',
    instance: name,
    schedule: null,
    route: null,
    jobId: probeJobId,
    values: null,
  });
  if (state === 'half_open') {
    return {
      why: `Slots of ${name} ${command} are skipped until the probe of its circuit breaker has ended.`,
      next: { at: null, text: 'success of the probe closes the breaker' },
      todo: [probeJobId === null ? null : `See the probe: \`ductile explain ${probeJobId}\`.`],
    };
  }
  return {
    why: `Slots of ${name} ${command} are skipped, because its circuit breaker is open after ${failures} failures in a row.`,
    next:
      openedAt === null ? null : { at: openedAt + policy.resetAfterMs, text: 'from then on the next slot is a probe' },
    todo: [advice],
  };
}

const HOLDS: { readonly [reason in Hold['reason']]: string } = {
  paused: 'it is paused',
  unhealthy: 'its init has not succeeded',
  cap: 'as many run as its concurrency allows',
  rate: 'its rate limit is used up',
  suspect_runs: 'a job that may have ended the gateway runs alone',
  suspect_waits: 'a job that may have ended the gateway runs alone, after the others',
};
