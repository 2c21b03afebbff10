import type { Decision } from '../domain/decision.ts';
import { nearest } from '../domain/did-you-mean.ts';
import { OperatorError } from '../domain/errors.ts';
import type { Instance } from '../domain/instance.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import { payloadError } from '../domain/payload.ts';
import type { StateVersion } from '../store/port/instances.ts';
import { type Asking, checkHealth, type HealthReport } from './check-health.ts';
import { coreEvent } from './core-event.ts';
import type { EngineParts } from './parts.ts';

/** What an operator does to instances. Each throws OperatorError `unknown_instance` for a name that is not configured. */
export interface InstanceOperations {
  /** Pauses or resumes an instance, or with null the whole gateway; false when it was so already. */
  pause(instance: string | null, paused: boolean): Promise<boolean>;
  /** Closes the instance's breakers and runs an init that has not succeeded; resolves to the commands whose breaker was closed. */
  reset(instance: string): Promise<readonly string[]>;
  /** Runs the `health` command, if there is one, and tells what it said. */
  health(instance: string): Promise<HealthReport>;
  /** One version of the state, null for the latest; throws `not_found` when it is not kept. */
  state(instance: string, version: number | null): Promise<StateVersion>;
  /** Makes `value` the state; throws `instance_busy` while a job of the instance runs, unless forced. Resolves to the version. */
  setState(instance: string, change: StateChange): Promise<{ readonly changed: boolean; readonly version: number }>;
}

/** A state that somebody wants an instance to have. */
export interface StateChange {
  readonly value: Json;
  readonly force: boolean;
  /** `cli` or `api:<token>`. */
  readonly by: string;
}

/** The decisions that say that an instance, and that the gateway, was paused. */
export function pauseKeys(instance: string): readonly string[] {
  return [`instance_paused:${instance}`, 'gateway_paused'];
}

/** What the operations need of the running machinery. */
interface Around extends Asking {
  readonly retryInit: (instance: string) => Promise<void>;
  readonly wake: () => void;
}

/** The operations on instances over a store and the machinery around it. */
export function createInstanceOperations(parts: EngineParts, machinery: Around): InstanceOperations {
  const { store, clock } = parts;

  function known(name: string): Instance {
    const instances = parts.snapshot().instances;
    const instance = instances.get(name);
    if (instance !== undefined) return instance;
    const near = nearest(name, instances.keys());
    throw new OperatorError('unknown_instance', `no instance "${name}" is configured`, {
      ...(near === null ? {} : { hint: `did you mean "${near}"?` }),
    });
  }

  return {
    async pause(instance, paused) {
      if (instance !== null) known(instance);
      machinery.enqueue.checkOpen();
      const decision = pauseDecision(instance, { paused, at: clock.now() });
      const { kind } = await store.commit({ kind: 'pause', instance, paused, at: decision.at, decision });
      if (kind === 'unknown') throw new OperatorError('unknown_instance', `nobody has started "${instance}" yet`);
      machinery.wake();
      return kind === 'changed';
    },
    async reset(name) {
      machinery.enqueue.checkOpen();
      const at = clock.now();
      const routed = [...known(name).manifest.commands.keys()].map((command) => {
        const payload = { instance: name, command, job_id: null };
        return { command, routed: coreEvent(parts, { type: 'ductile.breaker.closed', payload }) };
      });
      const { commands } = await store.commit({ kind: 'close_breakers', instance: name, at, routed });
      if (routed.some((one) => one.routed !== null)) machinery.wake();
      await machinery.retryInit(name);
      return commands;
    },
    health: (name) => checkHealth(parts, machinery, known(name)),
    async state(name, version) {
      known(name);
      const found = await store.read.stateVersion(name, version);
      if (found !== null) return found;
      throw new OperatorError('not_found', `version ${version} of the state of "${name}" is not kept`, {
        hint: `\`ductile plugin state show ${name}\` shows the present one; \`service.retention\` says how long others stay`,
      });
    },
    async setState(name, { value, force, by }) {
      const { limits } = known(name);
      if (!isJsonObject(value)) throw new OperatorError('invalid_payload', 'a state is a JSON object');
      const wrong = payloadError(value, { bytes: limits.stateBytes, depth: limits.jsonDepth });
      if (wrong !== null) throw new OperatorError('invalid_payload', wrong);
      machinery.enqueue.checkOpen();
      const limitBytes = limits.stateBytes;
      const set = { kind: 'set_state', instance: name, value, limitBytes, force, by, at: clock.now() } as const;
      const result = await store.commit(set);
      if (result.kind === 'running') {
        throw new OperatorError('instance_busy', `job ${result.jobId} of "${name}" is running and has its state`);
      }
      if (result.kind === 'too_large') {
        const size = `the state has ${result.bytes} bytes; the limit is ${limitBytes}`;
        throw new OperatorError('invalid_payload', size);
      }
      return { changed: result.kind === 'changed', version: result.version };
    },
  };
}

function pauseDecision(
  instance: string | null,
  { paused, at }: { readonly paused: boolean; readonly at: number },
): Decision {
  const who = instance === null ? 'the whole gateway' : `the instance "${instance}"`;
  const then = paused ? 'was paused; jobs wait until somebody resumes it' : 'was resumed';
  const about = { at, text: `${who} ${then}`, jobId: null, eventId: null, schedule: null, route: null, values: null };
  if (instance === null) {
    const code = paused ? 'gateway_paused' : 'gateway_resumed';
    return { ...about, code, instance, collapseKey: code };
  }
  const code = paused ? 'instance_paused' : 'instance_resumed';
  return { ...about, code, instance, collapseKey: `${code}:${instance}` };
}
