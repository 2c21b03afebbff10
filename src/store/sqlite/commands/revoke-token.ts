import type { Command, CommandOutcomes } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';
import { tokenNamed } from '../token-rows.ts';

const END = 'UPDATE tokens SET ended_at = ?, ended_by = ? WHERE seq = ?';

/** Ends the token that bears a name; its row stays. */
export function revokeToken(
  db: Connection,
  { name, by, at }: Extract<Command, { kind: 'revoke_token' }>,
): CommandOutcomes['revoke_token'] {
  const token = tokenNamed(db, name);
  if (token === null) return { kind: 'unknown' };
  db.run(END, at, by, token.id);
  return { kind: 'revoked', token: { ...token, endedAt: at, endedBy: by } };
}
