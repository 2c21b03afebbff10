import type { Command } from '../../port/commands.ts';
import type { Admission } from '../../port/outcomes.ts';
import { admit } from '../admit.ts';
import type { Connection } from '../connection.ts';

/** Admits drafts in their order, or absorbs them. */
export function enqueue(db: Connection, { drafts }: Extract<Command, { kind: 'enqueue' }>): readonly Admission[] {
  return drafts.map((draft) => admit(db, draft));
}
