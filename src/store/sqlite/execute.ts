import type { Command, CommandOutcomes } from '../port/commands.ts';
import { barrier } from './commands/barrier.ts';
import { beginInit } from './commands/begin-init.ts';
import { cancel } from './commands/cancel.ts';
import { clockBack } from './commands/clock-back.ts';
import { closeBreakers } from './commands/close-breakers.ts';
import { countRejections } from './commands/count-rejections.ts';
import { createToken } from './commands/create-token.ts';
import { deliver } from './commands/deliver.ts';
import { enqueue } from './commands/enqueue.ts';
import { failQueued } from './commands/fail-queued.ts';
import { finish } from './commands/finish.ts';
import { fireSlot } from './commands/fire-slot.ts';
import { pause } from './commands/pause.ts';
import { pauseSchedule } from './commands/pause-schedule.ts';
import { record } from './commands/record.ts';
import { replay } from './commands/replay.ts';
import { retry } from './commands/retry.ts';
import { revokeToken } from './commands/revoke-token.ts';
import { runDelivery } from './commands/run-delivery.ts';
import { setState } from './commands/set-state.ts';
import { skipNext } from './commands/skip-next.ts';
import { skipSlots } from './commands/skip-slots.ts';
import { sync } from './commands/sync.ts';
import { tellExpectation } from './commands/tell-expectation.ts';
import { tellFailures } from './commands/tell-failures.ts';
import { uncleanEnd } from './commands/unclean-end.ts';
import { useToken } from './commands/use-token.ts';
import type { Connection } from './connection.ts';
import { groupSome } from './dead-letters.ts';
import { keepAnswer, once } from './once.ts';
import { recordEvent } from './record-event.ts';

/** What carries out each kind of command, within a transaction that is open already. */
const EXECUTORS: {
  readonly [K in Command['kind']]: (db: Connection, command: Extract<Command, { kind: K }>) => CommandOutcomes[K];
} = {
  enqueue: (db, command) => once(db, command.once, { work: () => enqueue(db, command) }),
  emit: (db, command) => once(db, command.once, { work: () => recordEvent(db, command.routed) }),
  deliver,
  count_rejections: countRejections,
  run_delivery: runDelivery,
  finish,
  fail_queued: failQueued,
  cancel,
  retry,
  replay: (db, command) =>
    once(db, command.once, { work: () => replay(db, command), counts: ({ kind }) => kind === 'replayed' }),
  keep_answer: keepAnswer,
  group_dead: (db) => ({ more: groupSome(db) }),
  fire_slot: fireSlot,
  skip_slots: skipSlots,
  skip_next: skipNext,
  sync,
  unclean_end: uncleanEnd,
  clock_back: clockBack,
  pause,
  pause_schedule: pauseSchedule,
  begin_init: beginInit,
  close_breakers: closeBreakers,
  set_state: setState,
  tell_expectation: tellExpectation,
  tell_failures: tellFailures,
  create_token: createToken,
  revoke_token: revokeToken,
  use_token: useToken,
  record,
  barrier,
};

/** Carries out one command within the open transaction. */
export function execute<C extends Command>(db: Connection, command: C): CommandOutcomes[C['kind']] {
  // The table pairs each kind with its own executor; the compiler cannot follow that through a generic key.
  const executor = EXECUTORS[command.kind] as unknown as (db: Connection, command: C) => CommandOutcomes[C['kind']];
  return executor(db, command);
}
