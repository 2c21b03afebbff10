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
import type { Delivery, DeliveryWork } from '../domain/webhook/delivery.ts';
import { reach } from '../platform/fault-point.ts';
import type { Command, CommandOutcomes } from '../store/port/commands.ts';
import type { DeliveryResult } from '../store/port/deliveries.ts';
import type { Once } from '../store/port/desk.ts';
import type { Admission, EventResult } from '../store/port/outcomes.ts';
import { logDecisions } from './log-decisions.ts';
import { type EngineParts, routingContext } from './parts.ts';

/** A job as somebody outside asks for it. */
export interface Submission {
  readonly instance: string;
  readonly command: string;
  readonly payload: Json;
  /** `api:<token>`, `cli` or `webhook:<name>`. */
  readonly submittedBy: string;
  readonly dedupeKey?: string | null;
  readonly priority?: number;
  /** Epoch milliseconds; default: now. */
  readonly runAt?: number;
  readonly maxAttempts?: number | undefined;
  readonly timeoutMs?: number | null;
  /** Largest payload, in bytes; default: the instance's. */
  readonly payloadBytes?: number;
  /** Submitted once, however often it is asked for with this. */
  readonly once?: Once | null;
}

/** An event as somebody outside reports it. */
export interface Emission {
  readonly type: string;
  readonly payload: Json;
  /** `api`, `cli` or `webhook:<name>`. */
  readonly source: string;
  readonly dedupeKey?: string | null;
  /** Largest payload, in bytes; default: 1 MiB. */
  readonly payloadBytes?: number;
  /** Emitted once, however often it is asked for with this. */
  readonly once?: Once | null;
}

/** What an emission led to, with the reasons of every route. */
export interface EmissionResult extends EventResult {
  readonly decisions: RoutedEvent['decisions'];
}

/** The one door to the queue: every producer but a finish goes through it. Each call returns after the commit. */
export interface Enqueue {
  submit(submission: Submission): Promise<Admission>;
  /** All in one commit, or none when one is refused; the admissions in their order. */
  submitAll(submissions: readonly Submission[], once: Once | null): Promise<readonly Admission[]>;
  /** A new job in the place of one that has ended. */
  replay(replay: Omit<Extract<Command, { kind: 'replay' }>, 'kind'>): Promise<CommandOutcomes['replay']>;
  emit(emission: Emission): Promise<EmissionResult>;
  /** Takes a verified delivery into the inbox, with what it is turned into. */
  deliver(delivery: Delivery, work: DeliveryWork): Promise<DeliveryResult>;
  /** Gives a delivery that was only observed its work. */
  runDelivery(id: string, work: DeliveryWork): Promise<CommandOutcomes['run_delivery']>;
  /** Throws OperatorError `draining`, or `queue_full` when there is no room for so many jobs (default: one). */
  checkRoom(jobs?: number): Promise<void>;
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

  async function checkRoom(jobs = 1): Promise<void> {
    checkOpen();
    await backPressure.check(jobs);
  }

  /** Whoever made the jobs: they are counted, told of, and looked for. */
  function began(work: DeliveryWork): void {
    const drafts = (work.draft === null ? 0 : 1) + (work.routed?.drafts.length ?? 0);
    backPressure.added(drafts);
    if (work.routed !== null) logDecisions(parts.log, work.routed.decisions);
    wake();
  }

  return {
    async submit(submission) {
      const draft = draftOf(parts, submission);
      await checkRoom();
      reach('enqueue.begun');
      const [admission] = await parts.store.commit({ kind: 'enqueue', drafts: [draft], once: submission.once ?? null });
      reach('enqueue.committed');
      if (admission === undefined) throw new Error('the store gave no outcome for a draft');
      if (admission.kind === 'admitted') backPressure.added(1);
      wake();
      return admission;
    },
    async submitAll(submissions, once) {
      const drafts = draftsOf(parts, submissions);
      await checkRoom(drafts.length);
      reach('enqueue.begun');
      const admissions = await parts.store.commit({ kind: 'enqueue', drafts, once });
      reach('enqueue.committed');
      backPressure.added(admissions.filter(({ kind }) => kind === 'admitted').length);
      wake();
      return admissions;
    },
    async replay(command) {
      await checkRoom();
      reach('enqueue.begun');
      const result = await parts.store.commit({ kind: 'replay', ...command });
      reach('enqueue.committed');
      if (result.kind === 'replayed') backPressure.added(1);
      wake();
      return result;
    },
    async emit(emission) {
      const routed = routedOf(parts, emission);
      await checkRoom();
      reach('enqueue.begun');
      const result = await parts.store.commit({ kind: 'emit', routed, once: emission.once ?? null });
      reach('enqueue.committed');
      backPressure.added(result.admissions.length);
      if (!result.duplicate) logDecisions(parts.log, routed.decisions);
      wake();
      // Read back, since the store adds what it decided itself, such as drafts that another job absorbed.
      const { items } = await parts.store.read.decisions({ eventId: result.eventId }, { limit: 1_000, cursor: null });
      return { ...result, decisions: items.toReversed() };
    },
    async deliver(delivery, work) {
      await checkRoom();
      reach('enqueue.begun');
      const result = await parts.store.commit({ kind: 'deliver', delivery, work });
      reach('enqueue.committed');
      if (!result.repeat) began(work);
      else if (result.retried) wake();
      return result;
    },
    async runDelivery(id, work) {
      await checkRoom();
      const result = await parts.store.commit({ kind: 'run_delivery', id, work, at: parts.clock.now() });
      if (result.kind === 'run') began(work);
      return result;
    },
    checkRoom,
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
  checkPayload(emission.payload, { bytes: emission.payloadBytes ?? eventPayloadBytes, depth: jsonDepth });
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

/** Wrong ones that an error names. */
const MOST_WRONG = 10;

/** The jobs that are asked for together; throws what is wrong with any of them, with the code of the first. */
function draftsOf(parts: EngineParts, submissions: readonly Submission[]): readonly JobDraft[] {
  const wrong: { readonly index: number; readonly error: OperatorError }[] = [];
  const drafts = submissions.flatMap((submission, index) => {
    try {
      return [draftOf(parts, submission)];
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      wrong.push({ index, error });
      return [];
    }
  });
  const [first] = wrong;
  if (first === undefined) return drafts;
  const named = wrong.slice(0, MOST_WRONG).map(({ index, error }) => `jobs.${index}: ${error.message}`);
  const more = wrong.length > named.length ? `; and ${wrong.length - named.length} more` : '';
  const { code, hint } = first.error;
  throw new OperatorError(code, `${named.join('; ')}${more}`, { hint: `${hint} None of the jobs was submitted.` });
}

/** The job that is asked for under the snapshot in force; throws what is wrong with the request. */
export function draftOf(parts: EngineParts, submission: Submission): JobDraft {
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

function checkInput(instance: Instance, { command, payload, payloadBytes }: Submission): void {
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
  checkPayload(payload, { bytes: payloadBytes ?? jobPayloadBytes, depth: jsonDepth });
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
function createBackPressure(parts: EngineParts): { check(jobs: number): Promise<void>; added(jobs: number): void } {
  let count = 0;
  let countedAt = Number.NEGATIVE_INFINITY;
  return {
    async check(jobs) {
      const { maxQueued } = parts.snapshot().service;
      const now = parts.clock.monotonic();
      if (count + jobs > maxQueued || now - countedAt > COUNT_AGE_MS) {
        count = await parts.store.read.queued(maxQueued);
        countedAt = now;
      }
      if (count >= maxQueued) throw new OperatorError('queue_full', `${maxQueued} jobs are queued already`);
      if (count + jobs > maxQueued) {
        throw new OperatorError('queue_full', `${count} jobs are queued already, so there is no room for ${jobs}`);
      }
    },
    added(jobs) {
      count += jobs;
    },
  };
}
