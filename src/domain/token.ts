import type { Scope } from './scope.ts';

/** What every token begins with, so that people and scanners know one when they see it. */
export const TOKEN_PREFIX = 'dct_';

/** Random bytes in a token; their base64url follows the prefix. */
export const TOKEN_BYTES = 32;

const TOKEN_TEXT = /^dct_[A-Za-z0-9_-]{43}$/;

/** A token as it is kept: everything but itself. */
export interface Token {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The only instances that it is for; null: all. */
  readonly instances: readonly string[] | null;
  readonly createdAt: number;
  /** `cli` or `api:<token>`. */
  readonly createdBy: string;
  /** Null: never. */
  readonly expiresAt: number | null;
  /** When it was revoked, or gave its name to another one after it had expired; null: neither. */
  readonly endedAt: number | null;
  readonly endedBy: string | null;
  /** Its latest use, to the minute; null: it was never used. */
  readonly usedAt: number | null;
  /** The client's address at that use. */
  readonly usedFrom: string | null;
}

/** Whether a token is of use. */
export type TokenStanding = 'live' | 'expired' | 'revoked';

/** How a token stands at `now`. */
export function tokenStanding(
  { expiresAt, endedAt }: Pick<Token, 'expiresAt' | 'endedAt'>,
  now: number,
): TokenStanding {
  const expired = expiresAt !== null && expiresAt <= (endedAt ?? now);
  if (expired) return 'expired';
  return endedAt === null ? 'live' : 'revoked';
}

/** True for what has the form of a token. */
export function looksLikeToken(text: string): boolean {
  return TOKEN_TEXT.test(text);
}
