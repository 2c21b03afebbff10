import type { Event } from '../src/domain/event.ts';
import { DEFAULT_LIMITS, type Instance } from '../src/domain/instance.ts';
import type { Job } from '../src/domain/job.ts';
import type { CommandSpec, Manifest } from '../src/domain/manifest.ts';
import type { Evidence } from '../src/domain/outcome.ts';
import { type Contract, type DecodedResponse, decodeResponse } from '../src/domain/protocol/decode-response.ts';
import type { EmittedEvent, Response } from '../src/domain/response.ts';
import { finishSteps } from '../src/domain/steps.ts';
import { compileVerification } from '../src/domain/webhook/compile-verification.ts';
import type { Endpoint } from '../src/domain/webhook/endpoint.ts';

/** A job in its first attempt, asked for on the command line, but for what `change` says. */
export function jobOf(change: Partial<Job> = {}): Job {
  const { id = 'job-1', instance = 'p' } = change;
  return {
    id,
    instance,
    plugin: instance,
    command: 'handle',
    payload: {},
    priority: 0,
    status: 'running',
    attempt: 1,
    attemptsUsed: 0,
    maxAttempts: 5,
    orphans: 0,
    uncleanEnds: 0,
    suspect: false,
    runAt: 0,
    leaseExpiresAt: null,
    owner: null,
    dedupeKey: null,
    idempotencyKey: id,
    submittedBy: 'cli',
    parentJobId: null,
    rootJobId: id,
    sourceEventId: null,
    depth: 0,
    timeoutMs: null,
    fromCore: false,
    configVersion: 'v0',
    createdAt: 0,
    startedAt: null,
    completedAt: null,
    result: null,
    lastError: null,
    ...change,
  };
}

/** An event from outside, but for what `change` says. */
export function eventOf(change: Partial<Event> = {}): Event {
  return {
    id: 'event-1',
    type: 'health.weight',
    source: 'instance:withings',
    payload: { kg: 81 },
    occurredAt: 0,
    createdAt: 0,
    dedupeKey: null,
    jobId: null,
    attempt: null,
    rootJobId: null,
    depth: 0,
    fromCore: false,
    ...change,
  };
}

/** A command that may be run again, but for what `change` says. */
export function commandOf(change: Partial<CommandSpec> = {}): CommandSpec {
  return { name: 'poll', description: null, idempotent: true, inputSchema: null, ...change };
}

/** The manifest of a plugin with these commands, but for what `change` says. */
export function manifestOf(commands: readonly CommandSpec[], change: Partial<Manifest> = {}): Manifest {
  return {
    name: 'p',
    version: '1.0.0',
    protocol: 1,
    entrypoint: 'run',
    description: null,
    commands: new Map(commands.map((command) => [command.name, command])),
    configKeys: { required: [], optional: [], secret: [], paths: [] },
    events: new Map(),
    concurrency: 1,
    ...change,
  };
}

/** An instance of a plugin of its own name with the commands `poll` and `handle`, but for what `change` says. */
export function instanceOf(change: Partial<Instance> = {}): Instance {
  const { name = 'p' } = change;
  return {
    name,
    plugin: name,
    enabled: true,
    manifest: manifestOf([commandOf(), commandOf({ name: 'handle' })], { name }),
    program: { kind: 'plugin', root: '/nowhere', dir: `/nowhere/${name}`, entrypoint: `/nowhere/${name}/run` },
    config: {},
    env: {},
    concurrency: 1,
    rateLimit: null,
    retry: { maxAttempts: 5, baseMs: 30_000, capMs: 1_800_000 },
    breaker: { threshold: 3, resetAfterMs: 1_800_000 },
    timeouts: {},
    defaultTimeoutMs: 60_000,
    limits: DEFAULT_LIMITS,
    containment: { tier: 'group', network: true, noNewPrivs: null },
    runAs: null,
    initHash: null,
    ...change,
  };
}

/** What a process that ended with 0 and said nothing leaves behind, but for what `change` says. */
export function evidenceOf(change: Partial<Evidence> = {}): Evidence {
  return {
    startedAt: 10,
    endedAt: 20,
    pid: 1,
    exitCode: 0,
    signal: null,
    stderr: '',
    stderrBytes: 0,
    stderrFile: null,
    rawOutput: null,
    ...change,
  };
}

/** A response that says `ok` and nothing else, but for what `change` says. */
export function okResponse(change: Partial<Response> = {}): Response {
  return {
    status: 'ok',
    result: null,
    stateUpdates: null,
    events: [],
    logs: [],
    logsDropped: 0,
    error: null,
    retry: null,
    retryAfterMs: null,
    warnings: [],
    ...change,
  };
}

/** An event as a response carries it, but for what `change` says. */
export function emittedOf(change: Partial<EmittedEvent> = {}): EmittedEvent {
  return { type: 'a.b', payload: {}, eventId: null, dedupeKey: null, occurredAt: null, ...change };
}

/** What an output is read as. */
export function decodedOf(bytes: Uint8Array, contract: Contract): DecodedResponse {
  return finishSteps(decodeResponse(bytes, contract));
}

/** An endpoint for webhooks that takes anything, but for what `change` says. */
export function endpointOf(name: string, change: Partial<Endpoint> = {}): Endpoint {
  const verify = { scheme: 'none', i_understand_this_is_public: true, tolerance: 300_000 } as const;
  return {
    name,
    path: `/${name}`,
    verify: compileVerification(verify),
    to: { instance: 'p', command: 'handle' },
    emit: null,
    mode: 'run',
    body: 'json',
    raw: false,
    headers: [],
    query: [],
    maxBodyBytes: 1_048_576,
    contentTypes: ['application/json'],
    dedupe: { kind: 'off' },
    rateLimit: null,
    allows: () => true,
    challenge: null,
    respondMs: null,
    priority: 0,
    maxAttempts: null,
    timeoutMs: null,
    hash: name,
    ...change,
  };
}
