import {
  type Expectation,
  type ExpectationState,
  expectationDecision,
  expectationNews,
  expectationPayload,
  overdueAt,
} from '../domain/expectation.ts';
import { isStorageRefusal } from '../domain/storage-refusal.ts';
import { coreEvent } from './core-event.ts';
import type { EngineParts } from './parts.ts';

/** How soon it looks again after news that may end a silence, and after a failure, in milliseconds. */
const SOON_MS = 1_000;

/** An expectation with what is remembered of it. */
export interface ExpectationView {
  readonly expectation: Expectation;
  readonly state: ExpectationState;
  /** When the silence becomes, or became, too long. */
  readonly dueAt: number;
}

/** Reports silence, and its end, each once. */
export interface Expectations {
  /** Looks now: after a start and after a reload. */
  look(): Promise<void>;
  /** Something happened that may end a silence which was reported; cheap when none was. */
  hear(): void;
  stop(): Promise<void>;
}

/** Whom news about expectations concern. */
export interface ExpectationListeners {
  /** They may have made jobs. */
  wake(): void;
  /** One is missed. */
  missed(): void;
}

/** Expectations of the snapshot in force; sleeps until one may be missed. */
export function createExpectations(parts: EngineParts, listeners: ExpectationListeners): Expectations {
  const { store, clock } = parts;
  const log = parts.log.child('expectations');
  let stopped = false;
  let missing = false;
  let cancelTimer: () => void = () => {};
  let cancelSoon: (() => void) | null = null;
  let looking: Promise<void> = Promise.resolve();

  function look(): Promise<void> {
    looking = looking.then(async () => {
      if (stopped) return;
      try {
        await examine();
      } catch (error) {
        // Of its own refusals the store tells, once for everybody.
        if (!isStorageRefusal(error)) {
          const why = error instanceof Error ? error.message : error;
          log.warn('expectations could not be looked after; trying again soon', { error: why });
        }
        lookSoon();
      }
    });
    return looking;
  }

  async function examine(): Promise<void> {
    cancelTimer();
    const views = await expectationViews(parts);
    for (const view of views) await tell(view);
    const after = await expectationViews(parts);
    missing = after.some(({ state }) => state.missedAt !== null);
    const next = Math.min(...after.flatMap(({ state, dueAt }) => (state.missedAt === null ? [dueAt] : [])));
    if (stopped || next === Number.POSITIVE_INFINITY) return;
    cancelTimer = clock.at(next, () => void look());
  }

  async function tell({ expectation, state }: ExpectationView): Promise<void> {
    const at = clock.now();
    const news = expectationNews(expectation, state, at);
    if (news === null) return;
    const decision = expectationDecision({ expectation, state, news }, at);
    const payload = expectationPayload(expectation, state);
    const routed = coreEvent(parts, { type: `ductile.expectation.${news}`, payload });
    const { name } = expectation;
    const { seenAt } = state;
    const { kind } = await store.commit({ kind: 'tell_expectation', name, news, seenAt, at, decision, routed });
    if (kind === 'stale') return;
    log[news === 'missed' ? 'warn' : 'info'](decision.text, { expectation: name });
    if (routed !== null) listeners.wake();
    if (news === 'missed') listeners.missed();
  }

  function lookSoon(): void {
    if (stopped || cancelSoon !== null) return;
    cancelSoon = clock.after(SOON_MS, () => {
      cancelSoon = null;
      void look();
    });
  }

  return {
    look,
    hear() {
      if (missing) lookSoon();
    },
    async stop() {
      stopped = true;
      cancelTimer();
      cancelSoon?.();
      await looking;
    },
  };
}

/** The expectations of the snapshot in force that the store knows, in the order of the configuration. */
export async function expectationViews({
  store,
  clock,
  snapshot,
}: Pick<EngineParts, 'store' | 'clock' | 'snapshot'>): Promise<readonly ExpectationView[]> {
  const { expectations } = snapshot();
  if (expectations.length === 0) return [];
  const states = new Map((await store.read.expectations()).map((state) => [state.name, state]));
  const now = clock.now();
  return expectations.flatMap((expectation) => {
    const state = states.get(expectation.name);
    return state === undefined ? [] : [{ expectation, state, dueAt: overdueAt(expectation, state, now) }];
  });
}
