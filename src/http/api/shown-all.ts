import type { Json } from '../../domain/json.ts';
import type { Redactor } from '../../domain/redact.ts';
import { inTurns } from '../../platform/in-turns.ts';

/** Values as people may see them, in their order; masked in turns of the event loop however many they are. */
export async function shownAll(redactor: Redactor, values: readonly Json[]): Promise<readonly Json[]> {
  const shown = await inTurns(redactor.jsonSteps([...values]));
  return Array.isArray(shown) ? shown : [];
}
