import { execManifest } from '../domain/exec-manifest.ts';
import { DEFAULT_LIMITS, type ExecConfig, type Instance } from '../domain/instance.ts';
import type { InstanceTemplate } from '../domain/replay/instance-template.ts';

/** What an instance runs. */
export type Behind = Pick<Instance, 'program' | 'manifest'>;

/** An instance that no configuration has: what a template says of it is still to be put in, what only the queue asks for is made up. */
export function bareInstance({ instance: name, plugin, containment }: InstanceTemplate, behind: Behind): Instance {
  return {
    name,
    plugin,
    enabled: true,
    ...behind,
    config: {},
    env: {},
    concurrency: 1,
    rateLimit: null,
    retry: { maxAttempts: 1, baseMs: 0, capMs: 0 },
    breaker: { threshold: 1, resetAfterMs: 0 },
    timeouts: {},
    defaultTimeoutMs: 0,
    limits: DEFAULT_LIMITS,
    containment,
    runAs: null,
    initHash: null,
  };
}

/** The built-in `exec` with its command. */
export function execOf(exec: ExecConfig): Behind {
  return { program: { kind: 'exec', exec }, manifest: execManifest(exec) };
}
