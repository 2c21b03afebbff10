import type { Command } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';
import { recordDecisions } from '../decision-rows.ts';

/** Records decisions by themselves. */
export function record(db: Connection, { decisions }: Extract<Command, { kind: 'record' }>): null {
  recordDecisions(db, decisions);
  return null;
}
