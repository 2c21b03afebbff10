import type { Command, CommandOutcomes } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';
import { tokenNamed } from '../token-rows.ts';

const END_EXPIRED = `
  UPDATE tokens SET ended_at = ?1, ended_by = ?2
  WHERE name = ?3 AND ended_at IS NULL AND expires_at IS NOT NULL AND expires_at <= ?1`;

const INSERT = `
  INSERT INTO tokens (name, hash, scopes, instances, created_at, created_by, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`;

/** Keeps a token, unless a live one bears its name; from one that has expired it takes the name. */
export function createToken(
  db: Connection,
  { token }: Extract<Command, { kind: 'create_token' }>,
): CommandOutcomes['create_token'] {
  const { name, hash, scopes, instances, createdAt, createdBy, expiresAt } = token;
  db.run(END_EXPIRED, createdAt, createdBy, name);
  if (tokenNamed(db, name) !== null) return { kind: 'taken' };
  const only = instances === null ? null : JSON.stringify(instances);
  db.run(INSERT, name, hash, JSON.stringify(scopes), only, createdAt, createdBy, expiresAt);
  const created = tokenNamed(db, name);
  return created === null ? { kind: 'taken' } : { kind: 'created', token: created };
}
