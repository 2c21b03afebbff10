import { isJsonObject } from '../json.ts';
import { type CompiledSchedule, nextSlot } from '../schedule.ts';
import { previousNominal } from '../schedule-nominal.ts';
import { isOpen, opensAt } from '../schedule-window.ts';
import { adviceOn } from './advice.ts';
import {
  clock,
  distinct,
  type Explanation,
  fact,
  NO_GATEWAY,
  type Recorded,
  recorded,
  sentence,
  type Upcoming,
} from './explanation.ts';
import { missedNow } from './missed.ts';

/** What is known about a schedule. */
export interface ScheduleFacts {
  readonly schedule: CompiledSchedule;
  readonly lastSlotAt: number | null;
  readonly lastJobId: string | null;
  readonly nextAt: number | null;
  /** About the schedule; newest first. */
  readonly decisions: readonly Recorded[];
  /** What would skip a slot now, as a sentence; null: nothing. */
  readonly shut: Pick<Recorded, 'code' | 'text' | 'values'> | null;
  readonly running: boolean;
  /** The slot that is asked about; null: how the schedule is doing. */
  readonly at: number | null;
  /** The job of that slot, if it made one that is still there. */
  readonly slotJob: { readonly id: string; readonly createdAt: number } | null;
  readonly now: number;
}

const START = 'Start the gateway: `ductile start`.';

/** Why a schedule does or does not run, or what became of one of its slots. */
export function explainSchedule(facts: ScheduleFacts): Explanation {
  const { schedule, nextAt, running, shut, at } = facts;
  const name = nameOf(schedule);
  const then = !running ? ', if a gateway runs' : shut === null ? '' : ', and is skipped if nothing changes';
  const next: Upcoming | null = nextAt === null ? null : { at: nextAt, text: `the next slot${then}` };
  if (at !== null) return { kind: 'schedule', id: name, next, ...slotStory(facts, at) };
  const { summary, because, todo } = overall(facts);
  const missed = missedNow(facts.decisions);
  return {
    kind: 'schedule',
    id: name,
    next,
    summary: `${summary}${missed.text}`,
    because,
    todo: distinct([...todo, ...missed.todo]),
  };
}

type Story = Pick<Explanation, 'summary' | 'because' | 'todo'>;

function overall({ schedule, lastSlotAt, lastJobId, nextAt, decisions, shut, running, now }: ScheduleFacts): Story {
  const name = nameOf(schedule);
  const { window, timezone } = schedule;
  const opens = window === null || isOpen(window, timezone, now) ? null : opensAt(window, timezone, now);
  const stopped = running ? [] : [NO_GATEWAY];
  const because = [
    ...stopped,
    ...(shut === null ? [] : [fact(shut.code, shut.text, shut.values)]),
    ...(opens === null ? [] : [fact('slot_window', `its window is closed until ${clock(opens)}`)]),
    ...decisions.slice(0, 10).map(recorded),
  ];
  const job = lastJobId === null ? [] : [`\`ductile explain ${lastJobId}\` tells about its last run.`];
  // Others tell of pauses and expectations.
  const latest = decisions.find(({ code }) => code.startsWith('slot_'));
  const skipped = latest !== undefined && lastSkipped(latest) > (lastSlotAt ?? 0) ? latest : null;
  const about = { instance: schedule.instance, schedule: name, route: null, jobId: null, values: null };
  const advice =
    shut === null
      ? skipped === null
        ? null
        : adviceOn(skipped)
      : adviceOn({ ...about, code: shut.code, values: shut.values });
  const todo = distinct([running ? null : START, advice, ...job]);
  if (!running) return { summary: `${name} does not run, because no gateway runs.`, because, todo };
  if (shut !== null) return { summary: `${name} does not run, because ${shut.text}.`, because, todo };
  if (opens !== null) {
    const then = nextAt === null ? 'it has no further slot' : `it runs next at ${clock(nextAt)}`;
    return {
      summary: `${name} does not run now, because its window is closed until ${clock(opens)}; ${then}.`,
      because,
      todo: distinct([adviceOn({ ...about, code: 'slot_window' }), ...job]),
    };
  }
  if (skipped !== null)
    return { summary: sentence(`The last slot of ${name} did not run: ${bare(name, skipped)}`), because, todo };
  const ran = lastSlotAt === null ? 'has not run yet' : `ran last at ${clock(lastSlotAt)}`;
  const goesOn = nextAt === null ? 'has no further slot' : `runs next at ${clock(nextAt)}`;
  return { summary: `${name} ${ran} and ${goesOn}.`, because, todo };
}

/** The last slot that the decision is about: those of a downtime are told after the run that makes up for it. */
function lastSkipped({ values, lastAt }: Recorded): number {
  const to = isJsonObject(values) ? values['to'] : undefined;
  return typeof to === 'number' ? to : lastAt;
}

function slotStory(facts: ScheduleFacts, at: number): Story {
  const { schedule, decisions, slotJob, now } = facts;
  const name = nameOf(schedule);
  const slot = nextSlot(schedule, at - 1);
  if (slot?.nominalAt !== at && !decisions.some((decision) => covers(decision, at))) {
    const before = previousNominal(schedule, at);
    const around = [
      before === null ? null : `the one before is ${clock(before.at)}`,
      slot === null ? null : `the one after ${clock(slot.nominalAt)}`,
    ];
    const text = distinct(['it has no slot then', ...around]).join('; ');
    return {
      summary: `${name} did not run at ${clock(at)}: ${text}.`,
      because: [fact('no_slot', text)],
      todo: ['Ask about one of these slots with `--at`.'],
    };
  }
  if (slotJob !== null) {
    return {
      summary: `The slot of ${name} at ${clock(at)} made job ${slotJob.id} at ${clock(slotJob.createdAt)}.`,
      because: [],
      todo: [`\`ductile explain ${slotJob.id}\` tells what became of it.`],
    };
  }
  const reasons = decisions.filter((decision) => covers(decision, at));
  const [reason] = reasons;
  if (reason !== undefined) {
    return {
      summary: `The slot of ${name} at ${clock(at)} did not run: ${bare(name, reason)}.`,
      because: reasons.map(recorded),
      todo: distinct(reasons.map(adviceOn)),
    };
  }
  if ((slot?.at ?? at) > now) {
    const when = clock(slot?.at ?? at);
    return {
      summary: `The slot of ${name} at ${clock(at)} is still to come: it runs at ${when}.`,
      because: [],
      todo: [],
    };
  }
  const text = facts.running
    ? 'nothing is recorded of it: the schedule was not in force then, or retention removed the record'
    : 'no gateway ran, and none has looked at it since';
  return {
    summary: `The slot of ${name} at ${clock(at)} did not run: ${text}.`,
    because: facts.running ? [fact('not_recorded', text)] : [NO_GATEWAY],
    todo: [facts.running ? '`ductile config history` tells what was in force.' : START],
  };
}

/** How much later than its nominal time the skip of a slot may be recorded, in milliseconds, jitter aside. */
const RECORDED_WITHIN_MS = 60_000;

/** True when a decision may be about the slot: within what it names, else between its first and its last time. */
function covers({ firstAt, lastAt, values, count }: Recorded, at: number): boolean {
  const { from, to, at: gapAt } = isJsonObject(values) ? values : {};
  // Of repeats only the last says which slots it saw.
  if (count === 1 && typeof from === 'number' && typeof to === 'number') return at >= from && at <= to;
  if (typeof gapAt === 'number') return at === gapAt;
  if (typeof from === 'number') return at >= Math.min(from, firstAt) && at <= lastAt;
  return at >= firstAt - RECORDED_WITHIN_MS && at <= lastAt;
}

/** What a decision on the schedule says after the schedule's name. */
function bare(name: string, { text }: Recorded): string {
  return text.replace(`${name}: `, '').replace(/\.$/, '');
}

function nameOf({ instance, id }: CompiledSchedule): string {
  return `${instance}/${id}`;
}
