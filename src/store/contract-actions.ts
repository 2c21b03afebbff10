import fc from 'fast-check';
import type { JsonObject } from '../domain/json.ts';

/** `delta` is an instance that nobody synced. */
export const NAMES = ['alpha', 'beta', 'gamma', 'delta'] as const;

const newJob = fc.record({
  instance: fc.constantFrom(...NAMES),
  key: fc.constantFrom(null, 'k1', 'k2'),
  priority: fc.constantFrom(-1, 0, 0, 5),
  delayMs: fc.constantFrom(0, 0, 200, 1_500),
  windowMs: fc.constantFrom(0, 400, 3_000),
  payload: fc.constantFrom<JsonObject>({ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 2 }),
});
const emitted = fc.record({ id: fc.constantFrom('e1', 'e2', 'e3'), jobs: fc.array(newJob, { maxLength: 2 }) });
const patch = fc.constantFrom<JsonObject | null>(
  null,
  { a: 1 },
  { a: null },
  { b: { deep: [1] } },
  { big: 'x'.repeat(90) },
);
const ending = fc.constantFrom('succeeded', 'retry', 'failed', 'dead', 'cancelled', 'orphaned');

/** One command of a random sequence; `pick` chooses among the jobs there are. */
export const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('enqueue' as const),
      jobs: fc.array(newJob, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('claim' as const), slots: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      pick: fc.nat(),
      late: fc.constantFrom(false, false, false, true),
      ending,
      patch,
      events: fc.array(emitted, { maxLength: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), pick: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('retry' as const), pick: fc.nat(), delayMs: fc.constantFrom(0, 0, 300) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('replay' as const), pick: fc.nat(), unlessReplayed: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fire' as const),
      slot: fc.nat({ max: 5 }),
      probe: fc.boolean(),
      job: newJob,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('skip' as const), slot: fc.nat({ max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 250, 500, 2_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('unclean_end' as const),
      // Two in a row make suspects.
      times: fc.constantFrom(1, 2, 2),
      recovered: fc.constantFrom(true, true, false),
    }),
  },
);
/** A command of a sequence. */
export type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;
/** A job that a command makes. */
export type NewJob = typeof newJob extends fc.Arbitrary<infer T> ? T : never;
/** A command that ends an attempt. */
export type Finish = Extract<Action, { do: 'finish' }>;
