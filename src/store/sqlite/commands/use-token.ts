import type { Command } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';

const USE = 'UPDATE tokens SET used_at = ?1, used_from = ?2 WHERE seq = ?3 AND (used_at IS NULL OR used_at < ?1)';

/** Notes the use of a token. */
export function useToken(db: Connection, { id, from, at }: Extract<Command, { kind: 'use_token' }>): null {
  db.run(USE, at, from, id);
  return null;
}
