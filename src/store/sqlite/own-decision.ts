import type { Decision } from '../../domain/decision.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { Connection } from './connection.ts';
import { recordDecisions } from './decision-rows.ts';

/** Records a decision that the store itself made; what it quotes is masked, as the makers of other decisions have done already. */
export function recordOwnDecision(db: Connection, decision: Decision): void {
  recordDecisions(db, [{ ...decision, text: db.mask(decision.text), values: masked(decision.values, db.mask) }]);
}

function masked(value: Json, mask: (text: string) => string): Json {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((item) => masked(item, mask));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item, mask)]));
}
