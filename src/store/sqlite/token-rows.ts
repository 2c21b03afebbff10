import type { Scope } from '../../domain/scope.ts';
import type { Token } from '../../domain/token.ts';
import type { Listed, Page } from '../port/lists.ts';
import type { TokenFilter } from '../port/tokens.ts';
import type { Connection } from './connection.ts';
import { listed, rowBefore, rowsFor } from './cursor.ts';

const COLUMNS =
  'seq, name, scopes, instances, created_at, created_by, expires_at, ended_at, ended_by, used_at, used_from';
const TABLE = "SELECT 1 AS there FROM sqlite_master WHERE type = 'table' AND name = 'tokens'";
const LISTED = `
  SELECT ${COLUMNS} FROM tokens
  WHERE seq < ?1 AND (?2 IS NULL OR (ended_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)))
  ORDER BY seq DESC LIMIT ?3`;

export const BY_HASH = `SELECT ${COLUMNS} FROM tokens WHERE hash = ?`;
/** The one that bears the name. */
export const BY_NAME = `SELECT ${COLUMNS} FROM tokens INDEXED BY tokens_by_name WHERE name = ? AND ended_at IS NULL`;

interface TokenRow {
  readonly seq: number;
  readonly name: string;
  readonly scopes: string;
  readonly instances: string | null;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number | null;
  readonly ended_at: number | null;
  readonly ended_by: string | null;
  readonly used_at: number | null;
  readonly used_from: string | null;
}

/** The token with that hash, whatever has become of it, or null. */
export function readToken(db: Connection, hash: Uint8Array): Token | null {
  const row = db.get<TokenRow>(BY_HASH, hash);
  return row === undefined ? null : tokenOf(row);
}

/** The token that bears the name, expired or not, or null. */
export function tokenNamed(db: Connection, name: string): Token | null {
  const row = db.get<TokenRow>(BY_NAME, name);
  return row === undefined ? null : tokenOf(row);
}

/** A page of tokens, newest first. */
export function readTokens(db: Connection, { liveAt }: TokenFilter, page: Page): Listed<Token> {
  // A database that no gateway of this version has opened yet can be read, but has none.
  if (db.get(TABLE) === undefined) return { items: [], nextCursor: null };
  return listed(db.all<TokenRow>(LISTED, rowBefore(page), liveAt, rowsFor(page)), page, tokenOf);
}

function tokenOf(row: TokenRow): Token {
  return {
    id: row.seq,
    name: row.name,
    // Both were checked when the token was made.
    scopes: JSON.parse(row.scopes) as readonly Scope[],
    instances: row.instances === null ? null : (JSON.parse(row.instances) as readonly string[]),
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    endedBy: row.ended_by,
    usedAt: row.used_at,
    usedFrom: row.used_from,
  };
}
