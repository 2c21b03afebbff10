import type { Token } from '../../domain/token.ts';

/** A token that is to be kept; `hash` is the SHA-256 of its text. */
export type NewToken = Pick<Token, 'name' | 'scopes' | 'instances' | 'createdAt' | 'createdBy' | 'expiresAt'> & {
  readonly hash: Uint8Array;
};

/** Which tokens a list has: all of them, or those that are live at an instant. */
export type TokenFilter = { readonly liveAt: number | null };
