import { CLOSED, forSlot } from '../domain/breaker.ts';
import type { DecisionCode } from '../domain/decision.ts';
import type { Instance } from '../domain/instance.ts';
import type { Job } from '../domain/job.ts';
import type { Json } from '../domain/json.ts';
import type { CompiledSchedule } from '../domain/schedule.ts';
import { breakerValues, overlapValues, pausedValues } from '../domain/slot-values.ts';
import type { EngineParts } from './parts.ts';

/** What a slot meets when its time has come. */
export type Gate =
  | {
      readonly kind: 'open';
      readonly instance: Instance;
      /** True: its job is the circuit breaker's probe. */
      readonly probe: boolean;
      /** A previous run that must be cancelled first. */
      readonly cancel: string | null;
    }
  | { readonly kind: 'shut'; readonly code: DecisionCode; readonly text: string; readonly values: Json };

/** Whether a slot may make a job now, or why not. */
export async function gateOf(
  { store, clock, snapshot }: EngineParts,
  entry: { readonly schedule: CompiledSchedule; readonly pausedAt: number | null; readonly lastJobId: string | null },
): Promise<Gate> {
  const { schedule, lastJobId } = entry;
  const instance = snapshot().instances.get(schedule.instance);
  if (instance === undefined || !instance.enabled) {
    return shut('slot_disabled', `the instance "${schedule.instance}" is disabled`);
  }
  if (entry.pausedAt !== null) {
    return shut('slot_paused', 'the schedule is paused', pausedValues('schedule', entry.pausedAt));
  }
  const { pausedAt, instances } = await store.read.standings();
  if (pausedAt !== null) {
    return shut('slot_paused', 'the whole gateway is paused', pausedValues('gateway', pausedAt));
  }
  const since = instances.find((standing) => standing.instance === instance.name)?.pausedAt ?? null;
  if (since !== null) {
    return shut('slot_paused', `the instance "${instance.name}" is paused`, pausedValues('instance', since));
  }
  const breakers = await store.read.breakers();
  const breaker = breakers.find((b) => b.instance === instance.name && b.command === schedule.command);
  const seen = breakerValues(breaker ?? CLOSED);
  const way = breaker === undefined ? 'run' : forSlot(breaker, instance.breaker, clock.now());
  const which = `the circuit breaker of "${instance.name}" ${schedule.command}`;
  if (way === 'open') return shut('slot_breaker_open', `${which} is open after repeated failures`, seen);
  if (way === 'half_open') return shut('slot_breaker_half_open', `${which} waits for its probe to end`, seen);
  const open = { kind: 'open', instance, probe: way === 'probe' } as const;
  const previous = schedule.overlap === 'queue' ? null : await unfinished();
  if (previous === null) return { ...open, cancel: null };
  if (schedule.overlap === 'cancel') return { ...open, cancel: lastJobId };
  return shut('slot_overlap', 'the previous run was not finished', overlapValues(previous));

  /** Running, or due and not started; a job that waits for its next attempt does not count. */
  async function unfinished(): Promise<Job | null> {
    const job = lastJobId === null ? null : await store.read.job(lastJobId);
    if (job === null) return null;
    return job.status === 'running' || (job.status === 'queued' && job.runAt <= clock.now()) ? job : null;
  }
}

function shut(code: DecisionCode, text: string, values: Json = null): Gate {
  return { kind: 'shut', code, text, values };
}
