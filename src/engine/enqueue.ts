import { nearest } from '../domain/did-you-mean.ts';
import { OperatorError } from '../domain/errors.ts';
import { type Event, eventTypeError, isReservedType } from '../domain/event.ts';
import { DEFAULT_LIMITS, type Instance } from '../domain/instance.ts';
import type { JobDraft } from '../domain/job.ts';
import type { Json } from '../domain/json.ts';
import { compileSchema } from '../domain/json-schema.ts';
import { maskRouted } from '../domain/mask-decision.ts';
import { type PayloadLimits, payloadError } from '../domain/payload.ts';
import { rootDraft } from '../domain/root-draft.ts';
import { routeEvent } from '../domain/route.ts';
import type { RoutedEvent } from '../domain/settlement.ts';
import { reach } from '../platform/fault-point.ts';
import type { Admission, EventResult } from '../store/port/outcomes.ts';
import { logDecisions } from './log-decisions.ts';
import { type EngineParts, routingContext } from './parts.ts';

/** A job as somebody outside asks for it. */
export interface Submission {
  readonly instance: string;
  readonly command: string;
  readonly payload: Json;
  /** `api:<token>` or `cli`. */
  readonly submittedBy: string;
  readonly dedupeKey?: string | null;
  readonly priority?: number;
  /** Epoch milliseconds; default: now. */
  readonly runAt?: number;
  readonly maxAttempts?: number;
  /** Milliseconds; null or missing: the instance's. */
  readonly timeoutMs?: number | null;
}

/** An event as somebody outside reports it. */
export interface Emission {
  readonly type: string;
  readonly payload: Json;
  /** `api` or `cli`. */
  readonly source: string;
  readonly dedupeKey?: string | null;
}

/** What an emission led to, with the reasons of every route. */
export interface EmissionResult extends EventResult {
  readonly decisions: RoutedEvent['decisions'];
}

/** The one door to the queue: every producer but a finish goes through it. Each call returns after the commit. */
export interface Enqueue {
  submit(submission: Submission): Promise<Admission>;
  emit(emission: Emission): Promise<EmissionResult>;
  /** Throws OperatorError `draining` once it is closed. */
  checkOpen(): void;
  /** Refuses everything from now on. */
  close(): void;
}

/** How old a count of the queue may be when it is used for back-pressure, in milliseconds. */
const COUNT_AGE_MS = 1_000;

/** The door, waking `wake` after each commit that may have made something due. */
export function createEnqueue(parts: EngineParts, wake: () => void): Enqueue {
  let closed = false;
  const backPressure = createBackPressure(parts);

  function checkOpen(): void {
    if (closed) throw new OperatorError('draining', 'the gateway is shutting down');
  }

  async function admit(): Promise<void> {
    checkOpen();
    await backPressure.check();
  }

  return {
    async submit(submission) {
      const draft = draftOf(parts, submission);
      await admit();
      reach('enqueue.begun');
      const [admission] = await parts.store.commit({ kind: 'enqueue', drafts: [draft] });
      reach('enqueue.committed');
      if (admission === undefined) throw new Error('the store gave no outcome for a draft');
      if (admission.kind === 'admitted') backPressure.added(1);
      wake();
      return admission;
    },
    async emit(emission) {
      const routed = routedOf(parts, emission);
      await admit();
      reach('enqueue.begun');
      const result = await parts.store.commit({ kind: 'emit', routed });
      reach('enqueue.committed');
      backPressure.added(result.admissions.length);
      if (!result.duplicate) logDecisions(parts.log, routed.decisions);
      wake();
      // Read back, since the store adds what it decided itself, such as drafts that another job absorbed.
      const { items } = await parts.store.read.decisions({ eventId: result.eventId }, { limit: 1_000, cursor: null });
      return { ...result, decisions: items.toReversed() };
    },
    checkOpen,
    close() {
      closed = true;
    },
  };
}

/** The event and everything it would lead to under the snapshot in force; nothing is stored. */
export function routedOf(parts: EngineParts, emission: Emission): RoutedEvent {
  const snapshot = parts.snapshot();
  const wrong = eventTypeError(emission.type);
  if (wrong !== null) throw new OperatorError('invalid_event_type', wrong);
  if (isReservedType(emission.type)) {
    throw new OperatorError(
      'invalid_event_type',
      `"${emission.type}" is reserved: only the gateway itself emits ductile.*`,
    );
  }
  const { eventPayloadBytes, jsonDepth } = DEFAULT_LIMITS;
  checkPayload(emission.payload, { bytes: eventPayloadBytes, depth: jsonDepth });
  const now = parts.clock.now();
  const event: Event = {
    id: parts.newId(),
    type: emission.type,
    source: emission.source,
    payload: emission.payload,
    occurredAt: now,
    createdAt: now,
    dedupeKey: emission.dedupeKey ?? null,
    jobId: null,
    attempt: null,
    rootJobId: null,
    depth: 0,
    fromCore: false,
  };
  const context = routingContext(snapshot);
  const routed = routeEvent({
    event,
    emitter: null,
    routes: context.routes,
    targets: context.instance,
    maxDepth: context.maxDepth,
    dedupeWindowMs: context.dedupeWindowMs,
    priority: 0,
    configVersion: snapshot.version,
    now,
    newId: parts.newId,
    mask: (text) => context.redactor.text(text),
  });
  return maskRouted(routed, context.redactor);
}

function draftOf(parts: EngineParts, submission: Submission): JobDraft {
  const snapshot = parts.snapshot();
  const instance = snapshot.instances.get(submission.instance);
  if (instance === undefined) {
    const near = nearest(submission.instance, snapshot.instances.keys());
    throw new OperatorError('unknown_instance', `no instance "${submission.instance}" is configured`, {
      ...(near === null ? {} : { hint: `did you mean "${near}"?` }),
    });
  }
  checkInput(instance, submission);
  return rootDraft({
    ...submission,
    id: parts.newId(),
    instance,
    dedupeWindowMs: snapshot.service.dedupeWindowMs,
    configVersion: snapshot.version,
    now: parts.clock.now(),
  });
}

function checkInput(instance: Instance, { command, payload }: Submission): void {
  if (!instance.enabled) {
    throw new OperatorError('instance_disabled', `the instance "${instance.name}" is disabled`);
  }
  const spec = instance.manifest.commands.get(command);
  if (spec === undefined) {
    const known = [...instance.manifest.commands.keys()];
    const near = nearest(command, known);
    throw new OperatorError('unknown_command', `the plugin of "${instance.name}" declares no command "${command}"`, {
      hint: near === null ? `it declares: ${known.join(', ')}` : `did you mean "${near}"?`,
    });
  }
  const { jobPayloadBytes, jsonDepth } = instance.limits;
  checkPayload(payload, { bytes: jobPayloadBytes, depth: jsonDepth });
  if (spec.inputSchema === null) return;
  const schema = compileSchema(spec.inputSchema);
  const wrong = schema.ok ? schema.check(payload) : schema.message;
  if (wrong !== null) {
    throw new OperatorError('invalid_payload', `the payload does not fit "${instance.name}" ${command}: ${wrong}`);
  }
}

function checkPayload(payload: Json, limits: PayloadLimits): void {
  const wrong = payloadError(payload, limits);
  if (wrong !== null) throw new OperatorError('invalid_payload', wrong);
}

/** Holds producers back when the queue is longer than `service.max_queued`; the count is read at most once a second. */
function createBackPressure(parts: EngineParts): { check(): Promise<void>; added(jobs: number): void } {
  let count = 0;
  let countedAt = Number.NEGATIVE_INFINITY;
  return {
    async check() {
      const { maxQueued } = parts.snapshot().service;
      const now = parts.clock.monotonic();
      if (count >= maxQueued || now - countedAt > COUNT_AGE_MS) {
        count = await parts.store.read.queued(maxQueued);
        countedAt = now;
      }
      if (count >= maxQueued) throw new OperatorError('queue_full', `${maxQueued} jobs are queued already`);
    },
    added(jobs) {
      count += jobs;
    },
  };
}
