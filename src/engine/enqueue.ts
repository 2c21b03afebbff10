import { OperatorError } from '../domain/errors.ts';
import type { RoutedEvent } from '../domain/settlement.ts';
import type { Delivery, DeliveryWork } from '../domain/webhook/delivery.ts';
import { reach } from '../platform/fault-point.ts';
import { heapCare } from '../platform/lean-heap.ts';
import type { Command, CommandOutcomes } from '../store/port/commands.ts';
import type { DeliveryResult } from '../store/port/deliveries.ts';
import type { Once } from '../store/port/desk.ts';
import type { Admission, EventResult } from '../store/port/outcomes.ts';
import { createBackPressure } from './back-pressure.ts';
import { draftOf, draftsOf, type Emission, routedOf, type Submission } from './drafts.ts';
import { logDecisions } from './log-decisions.ts';
import type { EngineParts } from './parts.ts';

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
  /** Throws OperatorError `draining`, or `queue_full` when there is no room for so many jobs (default: one); null: there is, and nothing had to be read for that. */
  checkRoom(jobs?: number): Promise<void> | null;
  /** Throws OperatorError `draining` once it is closed. */
  checkOpen(): void;
  /** Refuses everything from now on. */
  close(): void;
}

/** The door, waking `wake` after each commit that may have made something due. */
export function createEnqueue(parts: EngineParts, wake: () => void): Enqueue {
  let closed = false;
  const backPressure = createBackPressure(parts);

  function checkOpen(): void {
    if (closed) throw new OperatorError('draining', 'the gateway is shutting down');
  }

  function checkRoom(jobs = 1): Promise<void> | null {
    checkOpen();
    heapCare.worked();
    return backPressure.check(jobs);
  }

  /** Whoever made the jobs: they are counted, told of, and looked for. */
  function began(work: DeliveryWork): void {
    if (work.draft === null && work.routed === null) return;
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
