import { type Token, tokenStanding } from '../../domain/token.ts';
import { instant } from './instant-view.ts';

/** A token as every interface tells it; `now` decides whether it has expired. */
export function tokenView(token: Token, now: number) {
  const status = tokenStanding(token, now);
  const revoked = status === 'revoked';
  return {
    name: token.name,
    status,
    scopes: token.scopes,
    instances: token.instances,
    created_at: instant(token.createdAt),
    created_by: token.createdBy,
    expires_at: instant(token.expiresAt),
    revoked_at: revoked ? instant(token.endedAt) : null,
    revoked_by: revoked ? token.endedBy : null,
    last_used_at: instant(token.usedAt),
    last_used_from: token.usedFrom,
  };
}
