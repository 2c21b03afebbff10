import { createHash } from 'node:crypto';
import { nearest } from '../domain/did-you-mean.ts';
import { OperatorError } from '../domain/errors.ts';
import { TOKEN_BYTES, TOKEN_PREFIX, type Token } from '../domain/token.ts';
import type { NewSecret } from '../platform/secret.ts';
import type { Listed, Page } from '../store/port/lists.ts';
import type { EngineParts } from './parts.ts';

/** A token that somebody wants. */
export type TokenRequest = Pick<Token, 'name' | 'scopes' | 'instances' | 'expiresAt'> & {
  /** `cli` or `api:<token>`. */
  readonly by: string;
};

/** A token that was made, with its text, which is told this once. */
export interface CreatedToken {
  readonly token: Token;
  readonly text: string;
}

/** What an operator does to tokens of the API. */
export interface TokenOperations {
  /** Throws `unknown_instance`, `usage` for an expiry that has passed, and `token_exists`. */
  createToken(request: TokenRequest): Promise<CreatedToken>;
  /** Those that are live, newest first, or all that are remembered. */
  tokens(filter: { readonly all: boolean }, page: Page): Promise<Listed<Token>>;
  /** Ends a token at once, for requests under way too; throws `not_found`. */
  revokeToken(name: string, by: string): Promise<Token>;
}

/** What is kept of the text of a token: its SHA-256. */
export function tokenHash(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

/** The operations on tokens; `ended` hears of each that was revoked. */
export function createTokenOperations(
  parts: EngineParts,
  { newSecret, ended }: { readonly newSecret: NewSecret; readonly ended: (id: number) => void },
): TokenOperations {
  const { store, clock } = parts;

  function checkInstances(names: readonly string[]): void {
    const known = parts.snapshot().instances;
    for (const name of names) {
      if (known.has(name)) continue;
      const near = nearest(name, known.keys());
      throw new OperatorError('unknown_instance', `no instance "${name}" is configured`, {
        ...(near === null ? {} : { hint: `did you mean "${near}"?` }),
      });
    }
  }

  return {
    async createToken({ by, ...request }) {
      const at = clock.now();
      if (request.instances !== null) checkInstances(request.instances);
      if (request.expiresAt !== null && request.expiresAt <= at) {
        throw new OperatorError('usage', 'the token would have expired already', {
          hint: 'name a time in the future, such as 90d from now',
        });
      }
      const text = `${TOKEN_PREFIX}${Buffer.from(newSecret(TOKEN_BYTES)).toString('base64url')}`;
      const token = { ...request, hash: tokenHash(text), createdAt: at, createdBy: by };
      const result = await store.commit({ kind: 'create_token', token });
      if (result.kind === 'created') return { token: result.token, text };
      throw new OperatorError('token_exists', `a live token is called "${request.name}"`, {
        hint: `\`ductile token revoke ${request.name}\` frees the name; or choose another.`,
      });
    },
    tokens: ({ all }, page) => store.read.tokens({ liveAt: all ? null : clock.now() }, page),
    async revokeToken(name, by) {
      const result = await store.commit({ kind: 'revoke_token', name, by, at: clock.now() });
      if (result.kind === 'revoked') {
        ended(result.token.id);
        return result.token;
      }
      const { items } = await store.read.tokens({ liveAt: clock.now() }, { limit: 1_000, cursor: null });
      const names = items.map((token) => token.name);
      const near = nearest(name, names);
      throw new OperatorError('not_found', `no token is called "${name}"`, {
        hint: near === null ? '`ductile token list` shows every token.' : `did you mean "${near}"?`,
      });
    },
  };
}
