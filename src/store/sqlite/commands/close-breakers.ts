import type { Command, CommandOutcomes } from '../../port/commands.ts';
import { closeBreakersOf } from '../breaker-rows.ts';
import type { Connection } from '../connection.ts';

/** Closes every breaker of an instance that is not closed. */
export function closeBreakers(
  db: Connection,
  command: Extract<Command, { kind: 'close_breakers' }>,
): CommandOutcomes['close_breakers'] {
  return { commands: closeBreakersOf(db, command) };
}
