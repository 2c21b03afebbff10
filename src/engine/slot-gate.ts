import { forSlot } from '../domain/breaker.ts';
import type { DecisionCode } from '../domain/decision.ts';
import type { Instance } from '../domain/instance.ts';
import type { Json } from '../domain/json.ts';
import type { CompiledSchedule } from '../domain/schedule.ts';
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
  if (entry.pausedAt !== null) return shut('slot_paused', 'the schedule is paused');
  const { pausedAt, instances } = await store.read.standings();
  if (pausedAt !== null) return shut('slot_paused', 'the whole gateway is paused');
  if (instances.some((standing) => standing.instance === instance.name && standing.pausedAt !== null)) {
    return shut('slot_paused', `the instance "${instance.name}" is paused`);
  }
  const breakers = await store.read.breakers();
  const breaker = breakers.find((b) => b.instance === instance.name && b.command === schedule.command);
  const way = breaker === undefined ? 'run' : forSlot(breaker, instance.breaker, clock.now());
  const which = `the circuit breaker of "${instance.name}" ${schedule.command}`;
  if (way === 'open') return shut('slot_breaker_open', `${which} is open after repeated failures`);
  if (way === 'half_open') return shut('slot_breaker_half_open', `${which} waits for its probe to end`);
  const open = { kind: 'open', instance, probe: way === 'probe' } as const;
  if (schedule.overlap === 'queue' || !(await isUnfinished())) return { ...open, cancel: null };
  if (schedule.overlap === 'cancel') return { ...open, cancel: lastJobId };
  return shut('slot_overlap', 'the previous run was not finished', { job_id: lastJobId });

  /** Running, or due and not started; a job that waits for its next attempt does not count. */
  async function isUnfinished(): Promise<boolean> {
    const job = lastJobId === null ? null : await store.read.job(lastJobId);
    return job !== null && (job.status === 'running' || (job.status === 'queued' && job.runAt <= clock.now()));
  }
}

function shut(code: DecisionCode, text: string, values: Json = null): Gate {
  return { kind: 'shut', code, text, values };
}
