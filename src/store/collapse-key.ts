import { createHash } from 'node:crypto';
import type { DecisionCode } from '../domain/decision.ts';

/** The key under which a store counts repeats of a decision of its own. It is shown, so `scope`, which may hold secrets, is digested (SHA-256, 32 hex digits). */
export function collapseKeyOf(code: DecisionCode, scope: readonly (string | null)[]): string {
  return `${code}:${createHash('sha256').update(JSON.stringify(scope)).digest('hex').slice(0, 32)}`;
}
