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
import type { Once } from '../store/port/desk.ts';
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
export function draftsOf(parts: EngineParts, submissions: readonly Submission[]): readonly JobDraft[] {
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
  const named = wrong.slice(0, MOST_WRONG).map(({ index, error }) => `jobs[${index}]: ${error.message}`);
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
